import { appendFileSync, readFileSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeClone, type Clone } from './clone';

/* A command runs the current sources, even if nobody has built them. */

const SOURCES = ['connectors', 'functions', 'local', 'shared', 'tools', 'package.json', 'tsconfig.json'];
let clone: Clone;
beforeEach(() => {
  clone = makeClone(['dist', ...SOURCES]);
});
afterEach(() => clone.remove());

const misspelt = () => clone.tributary(['run', 'amce']);

test('a copied clone, whose files all have new times, counts as unchanged', async () => {
  expect((await misspelt()).error).toMatch(/^There is no connector amce\. Did you mean acme\?/);
});

test('the command rebuilds a changed source, says so and leaves nothing behind', async () => {
  const before = readdirSync(clone.root);
  const file = join(clone.root, 'shared', 'values', 'did-you-mean.ts');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('Did you mean', 'Perhaps'));
  const { error } = await misspelt();
  expect(error).toMatch(
    /^warning: shared\/values\/did-you-mean\.ts changed since the build\. .*"npm run build" to keep/,
  );
  expect(error).toContain(' Perhaps acme?');
  expect(readdirSync(clone.root)).toEqual(before);
});

test('an added, a removed and a changed connector are each reported', async () => {
  const at = (name: string): string => join(clone.root, 'connectors', name);
  renameSync(at('hooli'), at('hooli-two'));
  appendFileSync(join(at('acme'), 'index.ts'), '// another line\n');
  const { error } = await misspelt();
  expect(error).toMatch(/^warning: connectors\/\S+ and \d+ more changed since the build/);
  expect(error).not.toContain('hooli,');
});

test('replay builds its connector itself, and no other broken connector stops it', async () => {
  appendFileSync(join(clone.root, 'connectors', 'hooli', 'index.ts'), '// another line\n');
  expect(await clone.tributary(['replay', 'acme'])).toMatchObject({ code: 0, error: '' });
});

test('a source that is replaced by an older file counts as changed', async () => {
  const file = join(clone.root, 'shared', 'values', 'did-you-mean.ts');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('Did you mean', 'Perhaps'));
  utimesSync(file, 1, 1);
  expect((await misspelt()).error).toContain(' Perhaps acme?');
});
