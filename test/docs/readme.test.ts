import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { folders } from '../../connectors/list';
import * as shared from '../../shared';
import { sampleSettings } from '../../tools/reference/sample-settings';
import { loadConnectors } from '../../shared/load';

const ROOT = join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const readme = read('README.md');
const { connectors } = loadConnectors(folders());

/** The first block of code after a heading. */
function blockAfter(heading: string, language: string): string {
  const section = readme.slice(readme.indexOf(`## ${heading}\n`));
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section)?.[1] ?? '';
}

test('the README has at most 120 lines', () => {
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(120);
});

test('CI runs each command of “Run it”', () => {
  const commands = blockAfter('Run it', 'sh').trim().split('\n');
  const run = read('.ci/run').split('\n');
  expect(commands).toContain('npm start -- --once');
  expect(commands.filter((command) => !run.some((line) => `${line} `.startsWith(`${command} `)))).toEqual([]);
});

test('the run that the README shows has the ledger of a real connector, which balances', () => {
  const known = connectors.flatMap(({ name, sources }) =>
    Object.keys(sources).map((source) => `${name}/${source}`),
  );
  const rows = blockAfter('Run it', 'text')
    .split('\n')
    .filter((line) => / yes +\d/.test(line))
    .map((line) => line.split(/ {2,}/));
  expect(rows.length).toBeGreaterThan(2);
  for (const [source = '', fetched, ...counts] of rows) {
    expect(known).toContain(source);
    const ends = counts.slice(0, 5).map(Number);
    expect(ends.reduce((sum, count) => sum + count, 0)).toBe(Number(fetched));
  }
});

test('the README’s connector loads and has no problems', () => {
  const { code } = transformSync(blockAfter('One whole connector', 'ts'), {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  const module = { exports: {} };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the README's own text
  (new Function('module', 'exports', 'require', code) as (...parts: unknown[]) => void)(
    module,
    module.exports,
    () => shared,
  );
  expect(loadConnectors([{ name: 'acme-edr', load: () => module.exports }])).toMatchObject({
    broken: [],
    connectors: [{ name: 'acme-edr' }],
  });
});

test('local.settings.sample.json is what would be generated', () => {
  expect(read('local.settings.sample.json')).toBe(sampleSettings(connectors));
});

test('every connector is in the README’s list, and in the reference with what it was tested against', () => {
  const [, list = ''] = /<!-- connectors -->([^]*)<!-- \/connectors -->/.exec(readme) ?? [];
  const listed = list.split('·').map((title) => title.trim());
  expect(listed).toEqual(connectors.map(({ title }) => title));
  const page = read('docs/reference/connectors.md').split('\n');
  const rows = connectors.map(({ name, title }) =>
    page.find((line) => line.startsWith(`| [${title}](../../connectors/${name}/README.md)`)),
  );
  expect(rows.filter((row) => row === undefined)).toEqual([]);
  expect(rows.every((row) => /simulator only|the real service/.test(row ?? ''))).toBe(true);
});

test('no script of package.json needs a shell', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(Object.values(scripts).filter((script) => /[|;<>$`&]/.test(script))).toEqual([]);
});
