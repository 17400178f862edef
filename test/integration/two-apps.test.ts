import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import type { Clock, RunReport } from '../../shared/contract/run';
import { clock as realClock } from '../../shared/process/clock';
import { openStores } from '../../shared/run/stores';
import { event, scriptedSource } from '../fakes/scripted-source';
import { appWith, keptLines, realStorage, realWorkspace, variablesFor, type TestStorage } from './harness';
import type { Connector } from '../../shared/contract/connector';
import { openAdmin } from '../../shared/admin';
import { readAppSettings } from '../../shared/settings/app-settings';

/* Two apps on one storage account: with its own prefix each app is separate; without, each reports the other. */

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
const LOGS = { connector: 'logs', instance: 'default', source: 'Sample' };
const MINUTE_MS = 60_000;

let azurite: TestStorage;
let blobs: BlobServiceClient;
let queues: QueueServiceClient;
let workspace: Workspace;
let nowMs: number;

const clock: Clock = { ...realClock, now: () => new Date(nowMs) };
const acme = (): Connector => ({
  name: 'acme',
  title: 'Acme',
  settings: { url: { kind: 'url', help: 'The address.' } },
  sources: { alerts: scriptedSource([[event('a'), null]]) },
});

beforeAll(async () => {
  azurite = realStorage();
  blobs = BlobServiceClient.fromConnectionString(azurite.connectionString);
  queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
  workspace = await realWorkspace([acme()], { env: { ACME_URL: 'https://acme.test' } });
});
beforeEach(async () => {
  nowMs = Date.now();
  for (const name of await containers()) await blobs.deleteContainer(name);
  for (const name of await queueNames()) await queues.deleteQueue(name);
});
afterAll(async () => {
  await workspace.close();
});

async function containers(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of blobs.listContainers()) names.push(name);
  return names;
}

async function queueNames(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of queues.listQueues()) names.push(name);
  return names;
}

const envOf = (more: Record<string, string>) => ({
  ...variablesFor(azurite, workspace),
  ACME_URL: 'https://acme.test',
  ...more,
});
const appOf = (more: Record<string, string>): App => appWith(envOf(more), [acme()], clock);
const run = (app: App): Promise<RunReport> => app.pullSource(ID, keptLines());

async function push(env: Record<string, string>): Promise<void> {
  const bytes = Buffer.from('[{"a":1}]');
  const body = { bytes, records: 1, receivedAt: clock.now().toISOString(), key: 'one' };
  await openStores(readAppSettings(env), clock).spool.put(LOGS, body);
}

test('with two prefixes no app sees, stops or triggers the other', async () => {
  const [first, second] = [appOf({ STORAGE_PREFIX: 'soc' }), appOf({ STORAGE_PREFIX: 'soc-2' })];
  const admin = (app: App) => openAdmin(app, keptLines());
  expect(await run(first)).toMatchObject({ outcome: 'caught-up', fetched: 2 });
  await push(envOf({ STORAGE_PREFIX: 'soc' }));
  await openStores(readAppSettings(envOf({ STORAGE_PREFIX: 'soc' })), clock).triggerQueue.send(ID);
  await openStores(readAppSettings(envOf({ STORAGE_PREFIX: 'soc' })), clock).workers.send(ID);
  await admin(first).pause(ID, 'anna');

  expect(await admin(second).known()).toEqual([]);
  expect(await admin(second).readState(ID)).toBeUndefined();
  expect(await second.spool()).toEqual([]);
  expect(await second.sweep(keptLines())).toEqual([]);
  const letters = [];
  for await (const letter of admin(second).deadLetters(undefined, () => true)) letters.push(letter);
  expect(letters).toEqual([]);
  expect(await admin(second).explain(ID, new Date(0), clock.now())).toMatchObject({
    acts: [],
    runs: { ended: 0 },
  });
  expect(await run(second)).toMatchObject({ outcome: 'caught-up', fetched: 2 });
  expect(await run(first)).toMatchObject({ outcome: 'paused' });
  expect(await first.spool()).toMatchObject([{ ...LOGS, ledger: { pending: 1 } }]);

  // Every blob and queue has its app's prefix.
  expect(await containers()).toEqual(['soc-2-tributary', 'soc-tributary']);
  expect(await queueNames()).toEqual([
    'soc-tributary-backfill',
    'soc-tributary-continue',
    'soc-tributary-deliver',
  ]);
  expect([first.queues, second.queues]).toMatchObject([
    { goOn: 'soc-tributary-continue', deliver: 'soc-tributary-deliver' },
    { workOn: 'soc-2-tributary-backfill' },
  ]);
});

test('a prefix that no name can begin with is reported, and nothing is read or written', async () => {
  const app = appOf({ STORAGE_PREFIX: 'SOC' });
  expect(app.problems).toEqual([expect.stringMatching(/^STORAGE_PREFIX: SOC cannot begin the name/)]);
  expect(app.queues).toBeUndefined();
  await expect(run(app)).rejects.toThrow(/STORAGE_PREFIX: SOC cannot begin/);
  expect([await containers(), await queueNames()]).toEqual([[], []]);
});

describe('on one storage without a prefix', () => {
  /** The report of an app that looks for other apps. */
  const told = async (more: Record<string, string>): Promise<object[]> => {
    const lines = keptLines();
    await appOf(more).warnOfOtherApps(lines);
    return lines.all.map((line) => JSON.parse(line) as object);
  };
  const site = (WEBSITE_SITE_NAME: string, WEBSITE_SLOT_NAME = 'Production') => ({
    WEBSITE_SITE_NAME,
    WEBSITE_SLOT_NAME,
  });

  test('two apps are reported to each other, by name and with the remedy', async () => {
    expect(await told(site('Soc-Emea'))).toEqual([]);
    const expected = (app: string, other: string): object => ({
      msg: 'another app uses the same storage',
      app,
      other,
      container: 'tributary',
      seenAt: new Date(nowMs).toISOString(),
      reason: expect.stringMatching(/^soc-\w+ and soc-\w+ both keep .* Set STORAGE_PREFIX /),
    });
    expect(await told(site('soc-apac'))).toMatchObject([expected('soc-apac', 'soc-emea')]);
    expect(await told(site('soc-emea'))).toMatchObject([expected('soc-emea', 'soc-apac')]);
  });

  test('two apps are also reported by the sweep, even with the same prefix', async () => {
    await told({ ...site('one'), STORAGE_PREFIX: 'soc' });
    const lines = keptLines();
    await appOf({ ...site('two'), STORAGE_PREFIX: 'soc' }).sweepOnTimer(lines);
    expect(lines.all.join()).toMatch(/"other":"one".*the container soc-tributary/);
  });

  test('prefixes, instances, restarts and indistinguishable apps cause no report', async () => {
    expect(await told({ ...site('one'), STORAGE_PREFIX: 'one' })).toEqual([]);
    expect(await told({ ...site('two'), STORAGE_PREFIX: 'two' })).toEqual([]);
    expect(await told(site('two'))).toEqual([]);
    expect(await told({ ...site('two'), WEBSITE_INSTANCE_ID: 'another' })).toEqual([]);
    expect(await told({})).toEqual([]);
    expect(await containers()).not.toContain('undefined-tributary');
  });

  test('an app that gets a prefix logs once where its state is', async () => {
    await told(site('soc'));
    const prefixed = { ...site('soc'), STORAGE_PREFIX: 'soc-2' };
    expect(await told(prefixed)).toMatchObject([
      {
        msg: 'the app begins without its state',
        app: 'soc',
        container: 'soc-2-tributary',
        formerly: 'tributary',
        reason: expect.stringMatching(/state export.*state import/),
      },
    ]);
    expect(await told(prefixed)).toEqual([]);
    expect(await told({ ...site('new'), STORAGE_PREFIX: 'new' })).toEqual([]);
  });

  test('an app that was moved is reported only for as long as it may still run', async () => {
    await told(site('before'));
    nowMs += 45 * MINUTE_MS;
    expect(await told(site('after'))).toHaveLength(1);
    nowMs += 10 * MINUTE_MS;
    expect(await told(site('after'))).toEqual([]);
  });

  test('slots are reported when they run side by side, but not while they are swapped', async () => {
    const slots = [site('soc'), site('soc', 'staging')];
    await told(site('soc'));
    nowMs += 60 * MINUTE_MS;
    await told(site('soc'));
    // A swap: the slot starts with the other's storage, and stops using it some minutes later.
    for (let minute = 0; minute < 10; minute += 5, nowMs += 5 * MINUTE_MS)
      for (const slot of slots) expect(await told(slot)).toEqual([]);
    nowMs += 60 * MINUTE_MS;
    expect(await told(site('soc'))).toEqual([]);
    for (let minute = 0; minute < 30; minute += 15, nowMs += 15 * MINUTE_MS)
      for (const slot of slots) expect(await told(slot)).toEqual([]);
    expect(await told(site('soc', 'staging'))).toEqual([]);
    expect(await told(site('soc'))).toMatchObject([{ app: 'soc', other: 'soc (slot staging)' }]);
  });

  test('a damaged mark is reported and does not stop the check', async () => {
    await told(site('one'));
    await blobs.getContainerClient('tributary').getBlockBlobClient('apps/one/production.json').upload('{', 1);
    expect(await told(site('three'))).toMatchObject([
      {
        msg: 'a stored blob is damaged: its bytes are kept, and it starts empty',
        reason: expect.stringContaining('apps/one/production.json is damaged') as string,
      },
    ]);
    expect(await told(site('two'))).toMatchObject([{ other: 'three' }]);
    expect(await told(site('one'))).toHaveLength(2);
    expect(await told(site('two'))).toMatchObject([{ other: 'one' }, { other: 'three' }]);
  });

  test('missing storage is reported and fails nothing', async () => {
    const gone = azurite.connectionString.replace(/(BlobEndpoint=http:\/\/127\.0\.0\.1:)\d+/, '$11');
    expect(await told({ ...site('one'), AzureWebJobsStorage: gone })).toMatchObject([
      { msg: 'whether another app uses the same storage is not known' },
    ]);
  });
});
