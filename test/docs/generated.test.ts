import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { APP_SETTINGS, AZURE_SETTINGS, SINK_SETTINGS } from '../../tools/reference/known-settings';
import { sentencesOf } from '../../tools/reference/sentences';

const ROOT = join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

test('the settings reference names every variable that the code reads', () => {
  const sources = readdirSync(join(ROOT, 'shared'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => read(join('shared', file)))
    .join('\n');
  const asked = [...sources.matchAll(/(?:\benv\[|\brequired(?:Url)?\(|\breadNumber\(env, )'(\w+)'/g)].map(
    ([, name]) => name ?? '',
  );
  const listed = [...APP_SETTINGS, ...AZURE_SETTINGS, ...SINK_SETTINGS].map(({ name }) => name);
  expect(asked.length).toBeGreaterThan(10);
  // What the platform sets is nothing to set.
  const ours = [...new Set(asked)].filter((name) => !name.startsWith('WEBSITE_'));
  expect(ours.filter((name) => !listed.includes(name))).toEqual([]);
});

test('the errors reference has every error that the sources throw', () => {
  const page = read('docs/reference/errors.md');
  const files = readdirSync(join(ROOT, 'shared'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('errors.ts'))
    .filter((file) => /new (?:Setting|Unavailable|Contract)Error\(/.test(read(join('shared', file))))
    .map((file) => file.replace(/\\/g, '/'));
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => !page.includes(`\`${file}\``))).toEqual([]);
});

test('a message is extracted with its values named, its constants inlined, and through the functions that build it', () => {
  const text = `
    function stop(who: string): never {
      const doing = \`asking \${who}\`;
      throw new SettingError(\`\${doing}: \${list.join(', ')} of \${formatId(id)}. \` + 'Check it.');
    }
    function broken(because: string): ContractError {
      return new ContractError(\`reading: \${because}.\`);
    }
    throw broken('it is no text');
    problems.push(\`\${variable} is no time.\`);
  `;
  expect(sentencesOf([['a.ts', text]])).toEqual([
    { file: 'a.ts', kind: 'SettingError', text: 'asking <who>: <list> of <id>. Check it.' },
    { file: 'a.ts', kind: 'ContractError', text: 'reading: it is no text.' },
    { file: 'a.ts', kind: 'problem', text: '<variable> is no time.' },
  ]);
});
