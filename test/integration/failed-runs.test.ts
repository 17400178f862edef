import acme from '../fixtures/connectors/acme';
import globex from '../fixtures/connectors/globex';
import type { Vendor } from '../../local/vendor/vendor';
import type { Workspace } from '../../local/workspace/workspace';
import type { Clock } from '../../shared/contract/run';
import { clock as realClock } from '../../shared/process/clock';
import { openStorage } from '../../shared/storage/storage';
import { closeVendors, vendorOfToday } from '../local/vendor-setup';
import {
  appWith,
  keptLines,
  realStorage,
  realWorkspace,
  variablesFor,
  variablesOf,
  type TestStorage,
} from './harness';
import { CONTINUE_QUEUE, type Environment, openAdmin } from '../../shared/admin';

/* Which failures fail a timer's invocation, so that Azure's portal and its alerts show them. */

const CONNECTORS = [acme, globex];
const HOUR_MS = 3_600_000;
const FAILED = { name: 'FailedRunsError' };

let storage: TestStorage;
let workspace: Workspace;
let vendor: Vendor;
let env: Record<string, string>;

beforeAll(async () => {
  storage = realStorage();
  workspace = await realWorkspace(CONNECTORS);
});
beforeEach(async () => {
  vendor = await vendorOfToday({ pageSize: 4 });
  const { blobs, queue } = openStorage({ AzureWebJobsStorage: storage.connectionString });
  await Promise.all([blobs.deleteIfExists(), queue(CONTINUE_QUEUE).deleteIfExists()]);
  env = {
    ...variablesFor(storage, workspace),
    ...variablesOf('acme', vendor.settings('acme')),
    ...variablesOf('globex', vendor.settings('globex')),
    ACME_START: '2020-01-01T00:00:00Z',
    GLOBEX_START: '2020-01-01T00:00:00Z',
  };
});
afterEach(() => closeVendors());
afterAll(async () => {
  await workspace.close();
});

/** Enough refusals for all attempts of a run. */
function down(): Parameters<Vendor['behave']>[0] {
  return Array.from({ length: 4 }, () => ({ do: 'status', status: 503 }) as const);
}

/** The result of a timer's invocation at a time; waits take no time. */
async function timer(
  connector: string,
  more: Environment = {},
  atMs = realClock.now().getTime(),
): Promise<Error | undefined> {
  const clock: Clock = { ...realClock, now: () => new Date(atMs), sleep: () => Promise.resolve() };
  return appWith({ ...env, ...more }, CONNECTORS, clock)
    .pullOnTimer(connector, keptLines())
    .then(
      () => undefined,
      (error: unknown) => error as Error,
    );
}

test('runs that succeed, or meet a held lease, do not fail their invocation', async () => {
  expect(await timer('acme')).toBeUndefined();
  const lease = openStorage(env).blobs.getBlobClient('checkpoints/acme/default/systemLog.json');
  await lease.getBlobLeaseClient().acquireLease(60);
  expect(await timer('acme')).toBeUndefined();
});

test('a refused credential fails the invocation after every source has run, and names each', async () => {
  const lines = keptLines();
  const app = appWith({ ...env, GLOBEX_TOKEN: 'not-the-one' }, CONNECTORS);
  const failed = await app.pullOnTimer('globex', lines).catch((error: unknown) => error as Error);
  expect(failed).toMatchObject(FAILED);
  expect(String(failed)).toContain('pulling globex: globex/signInAttempts: SettingError: ');
  expect(String(failed)).toContain('globex/itemUsages: SettingError: ');
  expect(String(failed)).toContain('globex/auditEvents: SettingError: ');
  expect(String(failed)).not.toContain('not-the-one');
  expect(lines.all.filter((line) => line.includes('run ended'))).toHaveLength(3);
});

test('a failed source does not stop its neighbours from being delivered', async () => {
  const damaged = openStorage(env).blobs;
  await timer('globex');
  await damaged.getBlockBlobClient('checkpoints/globex/default/itemUsages.json').upload('{', 1);
  const lines = keptLines();
  const failed = await appWith(env, CONNECTORS)
    .pullOnTimer('globex', lines)
    .catch((error: unknown) => error as Error);
  expect(String(failed)).toMatch(/^FailedRunsError: pulling globex: globex\/itemUsages: SettingError: /);
  expect(lines.all.filter((line) => line.includes('"outcome":"caught-up"'))).toHaveLength(2);
});

test('a vendor that is down fails the invocation only after it has been down for an hour', async () => {
  const begun = realClock.now().getTime();
  vendor.behave(down());
  expect(await timer('acme', {}, begun)).toBeUndefined();
  vendor.behave(down());
  expect(await timer('acme', {}, begun + HOUR_MS - 1)).toBeUndefined();
  vendor.behave(down());
  const failed = await timer('acme', {}, begun + HOUR_MS);
  expect(failed).toMatchObject(FAILED);
  expect(failed?.message).toContain(`It has failed since ${new Date(begun).toISOString()}.`);

  vendor.behave([]);
  expect(await timer('acme', {}, begun + HOUR_MS + 1)).toBeUndefined();
  vendor.behave(down());
  expect(await timer('acme', {}, begun + 2 * HOUR_MS)).toBeUndefined();
});

test('unavailable storage fails the invocation at once', async () => {
  const gone = storage.connectionString.replace(/(127\.0\.0\.1):\d+/g, '$1:1');
  expect(await timer('acme', { AzureWebJobsStorage: gone })).toMatchObject(FAILED);
  expect(await timer('acme', { AzureWebJobsStorage: '' })).toMatchObject(FAILED);
});

test('an instance whose settings are wrong fails the invocation, and the others run', async () => {
  const lines = keptLines();
  const app = appWith({ ...env, ACME__EU__URL: 'https://eu.example.acme.com' }, CONNECTORS);
  const failed = await app.pullOnTimer('acme', lines).catch((error: unknown) => error as Error);
  expect(String(failed)).toContain('acme@eu is off: ');
  expect(String(failed)).toContain('ACME__EU__TOKEN is not set');
  expect(lines.all.join()).toContain('"outcome":"caught-up"');
});

test('a source without a free slot is judged by its last run, unless it is paused', async () => {
  const refused = { ...env, GLOBEX_TOKEN: 'not-the-one' };
  await appWith(refused, CONNECTORS).pullConnector('globex', keptLines());
  const one = { ...refused, PULL_CONCURRENCY: '1' };
  const failed = await timer('globex', one);
  expect(failed?.message).toContain('globex/auditEvents: SettingError: ');

  const app = appWith(one, CONNECTORS);
  for (const { source } of app.sources('globex'))
    await openAdmin(app, keptLines()).pause(
      { connector: 'globex', instance: 'default', source },
      'me',
      'audit',
    );
  expect(await timer('globex', one)).toBeUndefined();
});

test('a message that runs a failing source succeeds, so that it is not retried', async () => {
  const app = appWith({ ...env, ACME_TOKEN: 'not-the-one' }, CONNECTORS);
  const lines = keptLines();
  await app.goOn({ connector: 'acme', instance: 'default', source: 'systemLog' }, lines);
  expect(lines.all.join()).toContain('"outcome":"failed"');
});
