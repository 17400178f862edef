import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/* What GitHub runs and shows is part of the tree: it parses, and calls what is there. */

const ROOT = join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const FILES = readdirSync(join(ROOT, '.github'), { recursive: true, encoding: 'utf8' })
  .map((file) => `.github/${file.replaceAll('\\', '/')}`)
  .filter((file) => /\.(?:yml|md)$/.test(file));
const workflows = FILES.filter((file) => file.startsWith('.github/workflows/'));
const ci = read('.github/workflows/ci.yml');
const { engines, scripts, version } = JSON.parse(read('package.json')) as {
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
  readonly version: string;
};

test('every file parses and is formatted', () => {
  expect(FILES.length).toBeGreaterThan(7);
  const prettier = join(ROOT, 'node_modules', 'prettier', 'bin', 'prettier.cjs');
  const written = execFileSync(process.execPath, [prettier, '--check', ...FILES], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(written).toContain('All matched files use Prettier code style!');
});

test('every script that a workflow or a template names exists', () => {
  const named = FILES.flatMap((file) => [...read(file).matchAll(/\bnpm run ([\w:]+)/g)]).map(
    ([, name = '']) => name,
  );
  expect(named).toEqual(expect.arrayContaining(['types', 'package', 'lint']));
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  expect(ci).toContain('- run: .ci/run\n');
  expect(existsSync(join(ROOT, '.ci', 'run'))).toBe(true);
});

test('the command has the version of the package', () => {
  expect(JSON.parse(read('tools/package.json'))).toMatchObject({ version });
});

test('each action is pinned to a major version, the same everywhere', () => {
  const used = workflows.flatMap((file) =>
    [...read(file).matchAll(/uses: (\S+)/g)].map(([, name = '']) => name),
  );
  expect(used.filter((name) => !/^[\w-]+\/[\w/-]+@v\d+$/.test(name))).toEqual([]);
  const names = new Set(used.map((name) => name.replace(/@.*/, '')));
  expect(new Set(used).size).toBe(names.size);
});

test('each workflow declares the permissions of its token', () => {
  expect(workflows.filter((file) => !/^permissions:\n {2}contents: read$/m.test(read(file)))).toEqual([]);
});

test('the tests run on the oldest allowed Node and on the one of .nvmrc, on three systems', () => {
  const nodes = /^ +node: \[(.*)\]$/m.exec(ci)?.[1]?.split(', ');
  expect(nodes).toContain(/\d+/.exec(engines.node)?.[0]);
  expect(nodes).toContain(read('.nvmrc').trim());
  expect(ci).toMatch(/^ +os: \[ubuntu-latest, macos-latest, windows-latest\]$/m);
});

test('the changelog has notes for the version that a tag would release', () => {
  expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## ${version.replaceAll('.', '\\.')}(?: |$)`, 'm'));
});

test('every path in CODEOWNERS exists', () => {
  const owned = [...read('.github/CODEOWNERS').matchAll(/^\/(\S+) +@/gm)].map(([, path = '']) => path);
  expect(owned.length).toBeGreaterThan(1);
  expect(owned.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
