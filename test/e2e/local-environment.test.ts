import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeClone, type Clone } from './clone';

/* The services that a command starts, and the files that it leaves in the data folder. */

let clone: Clone;
beforeAll(() => {
  clone = makeClone(['tools', 'dist', 'connectors', 'host.json']);
});
afterAll(() => clone.remove());

/** How a command ended in a folder, and whether it changed anything there. */
async function lookedAt(words: readonly string[], data = join(clone.root, 'elsewhere')) {
  const inside = (): string[] =>
    statSync(data, { throwIfNoEntry: false })?.isDirectory() === true
      ? (readdirSync(data, { recursive: true }) as string[])
      : [];
  // Other tests build the `dist/` that the clone links to.
  const seen = (): string => [...readdirSync(clone.root), ...inside()].join();
  const before = seen();
  const ended = await clone.tributary([...words, '--data', data]);
  return { ...ended, isUntouched: before === seen() };
}

const NOTHING_THERE = {
  code: 2,
  out: '',
  error: expect.stringMatching(
    /^There is no data folder .*\. Run "npm start -- --data [^"]+" first/,
  ) as string,
  isUntouched: true,
};

test.each([
  [['state', 'list']],
  [['state', 'show', 'acme/systemLog']],
  [['state', 'export']],
  [['explain', 'acme/systemLog']],
  [['dead-letters', 'list']],
  [['backfill', 'list']],
  [['reconcile']],
  [['pause', 'acme']],
  [['tables', '--deployed']],
  [['query', 'SELECT 1']],
])('%j in a folder where nothing ever ran says so, and creates no data folder', async (words) => {
  expect(await lookedAt(words)).toEqual(NOTHING_THERE);
});

test.each([['an empty folder'], ['a folder of other files'], ['a file']])(
  'a command that reads %s says that nothing ever ran there, and writes nothing',
  async (what) => {
    const data = join(clone.root, 'not-ours');
    if (what === 'a file') writeFileSync(data, '');
    else mkdirSync(join(data, 'storage'), { recursive: true });
    if (what === 'a folder of other files') writeFileSync(join(data, 'note.txt'), '');
    for (const words of [
      ['state', 'list'],
      ['query', 'SELECT 1'],
    ])
      expect(await lookedAt(words, data)).toEqual(NOTHING_THERE);
    rmSync(data, { recursive: true });
  },
);

test('a run does not write into a folder of other files', async () => {
  const { code, error } = await clone.tributary(['run', 'acme', '--data', '.']);
  expect({ code, error }).toEqual({
    code: 2,
    error: expect.stringContaining('is not a data folder: it contains '),
  });
  expect(existsSync(join(clone.root, 'storage'))).toBe(false);
});

test.each([
  [['state', 'reset', 'acme/systemLog', '--yes'], 'AzureWebJobsStorage__accountName'],
  [['run', 'acme'], 'AzureWebJobsStorage__blobServiceUri'],
  [['start', '--once'], 'AzureWebJobsStorage__accountName'],
])('%j with identity-based storage touches no local storage, and names %s', async (words, name) => {
  const before = readdirSync(clone.root);
  const { code, error } = await clone.tributary(words, { [name]: 'https://example.blob.core.windows.net' });
  expect(code).not.toBe(0);
  expect(error).toContain(`${name} opens storage with an identity, and only a function app has one.`);
  expect(readdirSync(clone.root)).toEqual(before);
});

test('tables, which lists what a workspace needs, leaves no data folder behind', async () => {
  const before = readdirSync(clone.root);
  const { code, out } = await clone.tributary(['tables']);
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('AcmeSystemLog_CL') });
  expect(readdirSync(clone.root)).toEqual(before);
});

test.each([
  [['run', 'amce'], /^There is no connector amce\. Did you mean acme\? Known: acme, /],
  [['run', 'acme/sytemLog'], /^acme has no source sytemLog\. Did you mean systemLog\? Its sources: /],
  [
    ['state', 'show', 'amce/systemLog'],
    /^There is no connector amce\. Did you mean acme\? .* of a removed source is found/,
  ],
  [['explain', 'acme/sytemLog'], /^acme has no source sytemLog\. Did you mean systemLog\?/],
  [['backfill', 'acmea/systemLog', '--from', '1d'], /Did you mean acme\?/],
  [['pause', 'globex-webhook'], /Did you mean globex-webhooks\?/],
])('%j is answered before anything starts', async (words, said) => {
  const data = join(clone.root, 'data');
  mkdirSync(data, { recursive: true });
  const { code, error, out } = await clone.tributary([...words, '--data', data]);
  expect({ code, error, out }).toEqual({ code: 2, error: expect.stringMatching(said), out: '' });
  expect(existsSync(join(data, 'storage'))).toBe(false);
});
