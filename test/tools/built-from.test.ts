import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/* The recorded sources of a build are compared with the files on disk. */

const MODULE = pathToFileURL(join(__dirname, '..', '..', 'tools', 'build', 'built-from.mjs')).href;
const home = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-built-from-')));
const [root, outside, dist] = ['clone', 'ours', 'clone/dist'].map((name) => join(home, name)) as [
  string,
  string,
  string,
];
const own = join(root, 'connectors', 'acme', 'index.ts');
const theirs = join(outside, 'acme', 'index.ts');
const FILES = [
  own,
  theirs,
  join(root, 'tools', 'build', 'build.mjs'),
  join(root, 'tools', 'build', 'one.mjs'),
];

beforeEach(() => {
  for (const file of [...FILES, join(root, 'node_modules', 'x', 'index.js'), join(dist, 'app.js')]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'const a = 1;\n');
  }
  const inputs = { [own]: {}, [theirs]: {}, [join(root, 'node_modules', 'x', 'index.js')]: {}, '<list>': {} };
  call(
    `writeBuiltFrom(root, dist, [{ inputs: ${JSON.stringify(inputs)} }], [root + '/connectors', outside])`,
  );
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Runs in Node, because this test's runner cannot import the module. */
function call(expression: string): unknown {
  const names = JSON.stringify({ root, outside, dist });
  const script = `import(${JSON.stringify(MODULE)}).then(({ changedSince, outsideOf, writeBuiltFrom }) => { const { root, outside, dist } = ${names}; console.log(JSON.stringify(${expression} ?? null)); })`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
}
const changed = (): unknown => call('changedSince(root, dist)');

test('nothing has changed, even if a copy gave every file another time', () => {
  expect(changed()).toEqual([]);
  for (const file of FILES) utimesSync(file, 1_000, 1_000);
  expect(changed()).toEqual([]);
});

test('a file of another time or size is compared, older or newer', () => {
  writeFileSync(own, 'const a = 2;\n');
  utimesSync(own, 1_000, 1_000);
  expect(changed()).toEqual(['connectors/acme/index.ts']);
  writeFileSync(own, 'const a = 1;\n');
  expect(changed()).toEqual([]);
});

test('connectors outside the tree are compared in their folder, and so are the build tools', () => {
  writeFileSync(theirs, 'const a = 3;\n');
  writeFileSync(join(root, 'tools', 'build', 'one.mjs'), '');
  mkdirSync(join(outside, 'another'));
  copyFileSync(theirs, join(outside, 'another', 'index.ts'));
  expect(changed()).toEqual(
    expect.arrayContaining(['tools/build/one.mjs', theirs, join(outside, 'another')]),
  );
  expect(call('outsideOf(dist)')).toEqual([outside]);
});

test('a missing folder outside the tree does not count as a change', () => {
  rmSync(outside, { recursive: true });
  expect([changed(), call('outsideOf(dist)')]).toEqual([[], []]);
});
