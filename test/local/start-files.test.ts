import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { takeDataFolder } from '../../local/start/data-folder';
import acme from '../fixtures/connectors/acme';
import { appEnvironment, readEnvironment } from '../../local/start/app-environment';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-files-')));

afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a data folder is locked as one folder, whatever link names it', async () => {
  const [folder, link] = [join(root, 'data'), join(root, 'link')];
  mkdirSync(folder);
  symlinkSync(folder, link, 'junction');
  const data = await takeDataFolder(folder, false);
  await expect(takeDataFolder(link, true)).rejects.toThrow('is in use by another process');
  data.close();
  (await takeDataFolder(link, false)).close();
});

test('the lock is in the data folder, so a process with another temporary folder respects it', async () => {
  const folder = join(root, 'elsewhere');
  const data = await takeDataFolder(folder, false);
  writeFileSync(join(folder, 'born-at'), 'kept');
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = root;
  await expect(takeDataFolder(folder, true)).rejects.toThrow('is in use by another process');
  process.env['TMPDIR'] = before ?? '';
  if (before === undefined) delete process.env['TMPDIR'];
  expect(readFileSync(join(folder, 'born-at'), 'utf8')).toBe('kept');
  data.close();
  (await takeDataFolder(folder, true)).close();
  expect(readdirSync(folder)).toEqual(['.tributary-data']);
});

test('a folder whose path is too long for a lock is reported', async () => {
  const folder = join(root, 'long'.repeat(30));
  await expect(takeDataFolder(folder, false)).rejects.toThrow(
    /is too long .* Choose a shorter path with --data\./,
  );
});

/** A folder with these files and folders. A folder's path ends with a slash. */
function folderOf(...names: readonly string[]): string {
  const folder = mkdtempSync(join(root, 'made-'));
  for (const name of names) {
    mkdirSync(name.endsWith('/') ? join(folder, name) : dirname(join(folder, name)), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(join(folder, name), 'precious');
  }
  return folder;
}
const filesIn = (folder: string): string => (readdirSync(folder, { recursive: true }) as string[]).join();

test.each([
  ['note.txt', ['storage/__blobstorage__/', 'workspace.duckdb', 'note.txt']],
  ['note.txt', ['storage/', 'born-at', 'note.txt']],
  ['storage/precious.txt', ['storage/precious.txt']],
  ['storage/precious.txt', ['storage/__blobstorage__/', 'storage/precious.txt', 'workspace.duckdb']],
  ['storage/.hidden', ['storage/.hidden']],
  ['storage/', ['storage', 'workspace.duckdb']],
])('a folder with %s is not a data folder: it is refused, and nothing is deleted', async (foreign, names) => {
  const folder = folderOf(...names);
  const before = filesIn(folder);
  for (const fresh of [false, true])
    await expect(takeDataFolder(folder, fresh)).rejects.toThrow(
      `is not a data folder: it contains ${foreign}, which Tributary has not written.`,
    );
  expect(filesIn(folder)).toBe(before);
});

test('nothing is deleted where storage is a link into a folder of other files', async () => {
  const [folder, others] = [folderOf(), folderOf('precious.txt')];
  symlinkSync(others, join(folder, 'storage'), 'junction');
  await expect(takeDataFolder(folder, true)).rejects.toThrow('it contains storage/precious.txt');
  expect(filesIn(others)).toBe('precious.txt');
});

test.each([
  [[]],
  [['.hidden', 'lost+found/', 'storage/']],
  [['storage/__blobstorage__/', 'storage/__azurite_db_blob__.json', 'vendor-port', 'workspace.duckdb']],
  [['workspace.duckdb', 'workspace.duckdb.wal', 'local.json']],
])('a folder of %j is accepted: it is empty, or left by an earlier start', async (names) => {
  const folder = folderOf(...names);
  (await takeDataFolder(folder, true)).close();
  writeFileSync(join(folder, 'note.txt'), '');
  (await takeDataFolder(folder, true)).close();
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['.tributary-data', 'note.txt']));
});

test('the time in born-at is the time of a start, whatever is beside it', async () => {
  const folder = folderOf('note.txt', 'storage/__blobstorage__/');
  writeFileSync(join(folder, 'born-at'), '2026-01-02T03:04:05.000Z');
  (await takeDataFolder(folder, true)).close();
  expect(filesIn(folder).split(',').sort()).toEqual(['.tributary-data', 'note.txt']);
});

test('a data folder that cannot be made is named, with the reason', async () => {
  const name = join(root, 'a file');
  writeFileSync(name, '');
  await expect(takeDataFolder(name, false)).rejects.toThrow(
    /^The data folder .* cannot be created: a file has/,
  );
  await expect(takeDataFolder(join(name, 'below'), false)).rejects.toThrow(/cannot be created: ENOTDIR/);
});

const file = join(root, 'local.settings.json');

test('local.settings.json may begin with a byte order mark', () => {
  writeFileSync(file, '\uFEFF{"Values":{"A":"1","B":2,"C":true}}');
  expect(readEnvironment({ B: 'mine' }, file)).toEqual({ A: '1', B: 'mine', C: 'true' });
});

test.each([
  ['null', 'it is not a JSON object'],
  ['[]', 'it is not a JSON object'],
  ['{', 'JSON'],
  ['{"Values":"x"}', 'Values is not a JSON object'],
  ['{"Values":{"ACME_URL":{"a":1}}}', 'the value of ACME_URL is not a string'],
  ['{"IsEncrypted":true,"Values":{}}', 'it is encrypted'],
])('local.settings.json that holds %s is reported in one sentence', (text, message) => {
  writeFileSync(file, text);
  expect(() => readEnvironment({}, file)).toThrow(message);
});

test.each([
  ['', { ACME_URL: 'http://127.0.0.1:1/acme', ACME_SOURCES: 'systemLog' }],
  ['systemLog, code', { ACME_URL: 'http://127.0.0.1:1/acme', ACME_SOURCES: 'systemLog' }],
  ['code', { ACME_SOURCES: 'code' }],
  // An unknown name stays, so that the app reports it.
  ['sytemLog', { ACME_URL: 'http://127.0.0.1:1/acme', ACME_SOURCES: 'sytemLog' }],
])('of ACME_SOURCES=%p only the sources with a simulated vendor are started', (named, expected) => {
  const connector = { ...acme, sources: { ...acme.sources, code: acme.sources.systemLog! } };
  const simulators = { acme: { ACME_URL: 'http://127.0.0.1:1/acme', ACME_SOURCES: 'systemLog' } };
  const local = { storage: 'ours', workspace: 'http://127.0.0.1:2', simulators };
  const env = appEnvironment({ ACME_SOURCES: named }, [connector], local);
  const ofAcme = Object.entries(env).filter(([name]) => name.startsWith('ACME_'));
  expect(Object.fromEntries(ofAcme)).toEqual(expected);
});
