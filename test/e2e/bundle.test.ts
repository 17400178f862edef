import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import acme from '../fixtures/connectors/acme';
import globex from '../fixtures/connectors/globex';
import { startHost, type FunctionHost, type HostLog } from '../../local/host/host';
import { otherLine, reportIn } from '../../local/start/report-text';
import type { Vendor } from '../../local/vendor/vendor';
import type { Workspace } from '../../local/workspace/workspace';
import { openStorage } from '../../shared/storage/storage';
import { inheritedEnvironment } from '../fakes/inherited-environment';
import { INVENTED } from './invented';
import { eventually } from '../fakes/eventually';
import { buildEntry } from '../local/build-entry';
import { closeVendors, vendorOfToday } from '../local/vendor-setup';
import {
  appWith,
  keptLines,
  realStorage,
  realWorkspace,
  variablesFor,
  variablesOf,
  type TestStorage,
} from '../integration/harness';

/* The function app's bundle, loaded and called as Azure's Node worker does. */

const ROOT = join(__dirname, '..', '..');
/** Another app uses the same storage account. */
const SHARED = { STORAGE_PREFIX: 'soc-2' };
const worker = buildEntry('local/host/worker/worker.ts');
/** Beside `connectors/`, so that relative imports of the folders work. */
const connectors = join(ROOT, `.connectors-${process.pid}`);
const out = mkdtempSync(join(tmpdir(), 'tributary-bundle-'));
const entry = join(out, 'dist', 'app.js');

let storage: TestStorage;
let workspace: Workspace;
let vendor: Vendor;
let host: FunctionHost;
let broken: readonly string[];
const logs: HostLog[] = [];

/** Two valid folders, one that throws, one that does not build, one with an invalid connector. */
function writeFolders(): void {
  for (const name of ['acme', 'globex']) {
    const folder = join(INVENTED, 'connectors', name);
    for (const file of readdirSync(folder).filter((one) => /^[\w-]+\.ts$/.test(one)))
      cpSync(join(folder, file), join(connectors, name, file));
  }
  for (const [name, text] of Object.entries({
    'broken-at-load': `throw new Error('this folder throws while it loads');`,
    'broken-at-build': `import { nothing } from './no-such-file'; export default nothing;`,
    'broken-shape': `export default { name: 'another-name', title: 'x', settings: {}, sources: {} };`,
  })) {
    mkdirSync(join(connectors, name), { recursive: true });
    writeFileSync(join(connectors, name, 'index.ts'), text);
  }
}

beforeAll(async () => {
  writeFolders();
  const script = `import(${JSON.stringify(join(ROOT, 'tools', 'build', 'build.mjs'))}).then((b) => b.buildApp(${JSON.stringify({ connectors: [connectors], outfile: entry })})).then((r) => console.log(JSON.stringify(r)))`;
  ({ broken } = JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })) as {
    broken: string[];
  });
  cpSync(join(ROOT, 'host.json'), join(out, 'host.json'));
  storage = realStorage();
  workspace = await realWorkspace([acme, globex]);
  vendor = await vendorOfToday();
  const start = { ACME_START: '2020-01-01T00:00:00Z', GLOBEX_START: '2020-01-01T00:00:00Z' };
  const first = { ...SHARED, ...variablesFor(storage, workspace), WEBSITE_SITE_NAME: 'first-app' };
  await appWith(first, []).warnOfOtherApps(keptLines());
  host = await startHost({
    entry,
    workerEntry: worker.file,
    environment: {
      ...inheritedEnvironment(),
      ...variablesFor(storage, workspace),
      ...variablesOf('acme', vendor.settings('acme')),
      ...variablesOf('globex', vendor.settings('globex')),
      ...start,
      ACME_TOKN: 'a mistyped variable',
      ...SHARED,
      WEBSITE_SITE_NAME: 'second-app',
    },
    port: 0,
    hostJson: join(out, 'host.json'),
    hostId: 'bundle-test',
    storageConnectionString: storage.connectionString,
    onLog: (line) => void logs.push(line),
  });
});

afterAll(async () => {
  await host.stop();
  await closeVendors();
  await workspace.close();
  worker.remove();
  for (const folder of [connectors, out]) rmSync(folder, { recursive: true, force: true });
});

test('loading the bundle lists every function with its bindings', () => {
  const functions = host.functions.map(({ bindings, kind, name }) => ({
    name,
    kind,
    types: Object.values(bindings).map(({ type }) => type),
  }));
  expect(functions).toEqual([
    { name: 'pull-acme', kind: 'timer', types: ['timerTrigger'] },
    { name: 'pull-globex', kind: 'timer', types: ['timerTrigger'] },
    { name: 'continue', kind: 'queue', types: ['queueTrigger'] },
    { name: 'backfill', kind: 'queue', types: ['queueTrigger'] },
    { name: 'push-logs', kind: 'http', types: ['httpTrigger', 'http'] },
    { name: 'deliver', kind: 'queue', types: ['queueTrigger'] },
    { name: 'sweep', kind: 'timer', types: ['timerTrigger'] },
    { name: 'page', kind: 'http', types: ['httpTrigger', 'http'] },
  ]);
  expect(host.functions.find(({ name }) => name === 'continue')?.queueName).toBe('soc-2-tributary-continue');
  expect(host.functions.find(({ name }) => name === 'page')?.route).toBe('api/connectors');
  expect(host.functions.every(({ problem }) => problem === undefined)).toBe(true);
});

test('an app that finds another app on its storage logs a warning while it loads', async () => {
  const isTold = (message: string): boolean => message.includes('another app uses the same storage');
  await eventually('it is told', () => logs.some(({ message }) => isTold(message)));
  const said = logs.filter(({ message }) => isTold(message));
  expect(said.map(({ level, message }) => [level, JSON.parse(message) as object])).toEqual([
    ['warning', expect.objectContaining({ app: 'second-app', other: 'first-app' })],
  ]);
});

test('broken folders are reported, by the build and by the app, and the other connectors run', async () => {
  expect(broken).toEqual([expect.stringContaining('broken-at-build: Could not resolve "./no-such-file"')]);
  const said = logs.map(({ message }) => message).filter((message) => message.includes('connector left out'));
  const folders = said.map((message) => (JSON.parse(message) as { folder: string }).folder);
  expect(folders.sort()).toEqual(['broken-at-build', 'broken-at-load', 'broken-shape']);
  expect(said.join()).toContain('this folder throws while it loads');
});

test('a variable that no connector knows is named once, without its value', () => {
  const said = logs.filter(({ message }) => message.includes('ACME_TOKN'));
  expect(said.map(({ level, message }) => [level, JSON.parse(message) as object])).toEqual([
    ['warning', { msg: 'variables that no connector knows', names: ['ACME_TOKN'] }],
  ]);
  expect(logs.some(({ message }) => message.includes('mistyped'))).toBe(false);
});

test('a timer pulls a connector into the workspace', async () => {
  await host.invoke('pull-globex');
  const published = vendor.published('globex', 'auditEvents').length;
  const [row] = await workspace.query('SELECT count(*) AS n FROM "GlobexAuditEvents_CL"');
  expect(row).toEqual({ n: published });
});

test('a queue message runs the source that it names', async () => {
  const message = Buffer.from(
    JSON.stringify({ connector: 'acme', instance: 'default', source: 'systemLog' }),
  ).toString('base64');
  await openStorage({ ...SHARED, AzureWebJobsStorage: storage.connectionString })
    .queue('tributary-continue')
    .sendMessage(message);
  const reports = (): unknown[] =>
    logs.flatMap((line) => reportIn(line) ?? []).filter(({ connector }) => connector === 'acme');
  await eventually('the source has run', () => reports().length > 0);
  expect(reports()).toMatchObject([
    { outcome: 'caught-up', accepted: vendor.published('acme', 'systemLog').length },
  ]);
});

test('a message that names no source is logged and dropped, not retried', async () => {
  const queue = openStorage({ ...SHARED, AzureWebJobsStorage: storage.connectionString }).queue(
    'tributary-continue',
  );
  await queue.sendMessage(Buffer.from('{"connector":"acme"}').toString('base64'));
  await eventually('it is said', () => logs.some(({ message }) => message.includes('names no source')));
  await eventually(
    'the queue is empty',
    async () => (await queue.getProperties()).approximateMessagesCount === 0,
  );
  expect(
    logs
      .filter(({ level }) => level === 'error' || level === 'critical')
      .filter(({ message }) => !message.includes('left out')),
  ).toEqual([]);
});

test('GET /api/connectors reports the status of every connector', async () => {
  const answer = await fetch(`${host.url}/api/connectors`);
  const { connectors: all } = (await answer.json()) as {
    connectors: { connector: string; broken?: string }[];
  };
  expect(answer.status).toBe(200);
  expect(all.map(({ connector }) => connector).sort()).toEqual([
    'acme',
    'broken-at-build',
    'broken-at-load',
    'broken-shape',
    'globex',
  ]);
  expect(all.filter((one) => one.broken !== undefined)).toHaveLength(3);
});

test('the bundle is one small file that needs no package beside it', () => {
  expect(statSync(entry).size).toBeLessThan(2_500_000);
});

test('runs that fail because of a setting fail the invocation of their timer, with a message', async () => {
  const refused = [{ do: 'status', status: 401 }] as const;
  vendor.behave(Array.from({ length: 3 }, () => refused).flat());
  await expect(host.invoke('pull-globex')).rejects.toMatchObject({
    name: 'FailedRunsError',
    message: expect.stringMatching(/^pulling globex: globex\/signInAttempts: SettingError: /),
  });
  const line = logs.find(({ message }) => message.includes("'pull-globex' (Failed"));
  expect(line?.level).toBe('error');
  // `npm start` reports each run in its own line.
  expect(otherLine(line!)).toBeUndefined();
});
