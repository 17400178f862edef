import { existsSync, readFileSync } from 'node:fs';
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

/** The first code block after a heading. */
function blockAfter(heading: string): string {
  const section = readme.slice(readme.indexOf(`## ${heading}\n`));
  return /```ts\n([\s\S]*?)```/.exec(section)?.[1] ?? '';
}

test('the README quotes the loop as it is', () => {
  const source = read('shared/pull/pull.ts');
  const loop = /^ {2}for await \(const page of take[\s\S]*?^ {2}\}$/m.exec(source)?.[0] ?? '';
  expect(loop).toContain('save(');
  expect(blockAfter('The loop').trimEnd()).toBe(loop.replace(/^ {2}/gm, ''));
});

test('the README’s connector loads and is sound as it stands', () => {
  const { code } = transformSync(blockAfter('One whole connector'), {
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

test('local.settings.sample.json is as it would be generated', () => {
  expect(read('local.settings.sample.json')).toBe(sampleSettings(connectors));
});

test('every connector is in the README’s list, with what it was tried against', () => {
  const rows = connectors.map(({ name, title }) =>
    readme.split('\n').find((line) => line.startsWith(`| [${title}](connectors/${name}/README.md)`)),
  );
  expect(rows.filter((row) => row === undefined)).toEqual([]);
  expect(rows.every((row) => /simulator only|the real service/.test(row ?? ''))).toBe(true);
});

test('every file that the README names is there', () => {
  const named = [...readme.matchAll(/\]\(([^)#:]+)\)|`(test\/[\w/.-]+\.ts)`/g)].map(
    ([, link, test]) => link ?? test ?? '',
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

test('every script that the README tells is there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const told = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? '');
  expect(told.filter((name) => scripts[name] === undefined)).toEqual([]);
  expect(Object.values(scripts).filter((script) => /[|;<>$`&]/.test(script))).toEqual([]);
});
