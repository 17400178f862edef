import initechAudit from '../fixtures/connectors/initech-audit';
import acme from '../fixtures/connectors/acme';
import type { Vendor } from '../../local/vendor/vendor';
import type { Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import type { SourceId } from '../../shared/contract/checkpoint';
import type { Connector } from '../../shared/contract/connector';
import { SettingError } from '../../shared/contract/errors';
import { openStorage, type Storage } from '../../shared/storage/storage';
import { event, scriptedSource } from '../fakes/scripted-source';
import { closeVendors, vendorOf, yesterday } from '../local/vendor-setup';
import {
  appWith,
  keptLines,
  realStorage,
  realWorkspace,
  variablesFor,
  variablesOf,
  type TestStorage,
} from './harness';
import type { RunReport } from '../../shared/contract/run';
import { BACKFILL_QUEUE, openAdmin } from '../../shared/admin';

/* One storage, and settings that change to another tenant of the vendor: no event of either may be skipped. */

const SYSTEM_LOG: SourceId = { connector: 'acme', instance: 'default', source: 'systemLog' };
const EVENTS: SourceId = { connector: 'initech-audit', instance: 'default', source: 'organizationEvents' };
/**
 * A source in code with limits for each token. The settings of its account include the required `organization` and the default
 * of `region`.
 */
const UMBRELLA: SourceId = { connector: 'umbrella', instance: 'default', source: 'alerts' };
const umbrella: Connector = {
  name: 'umbrella',
  title: 'Umbrella',
  budget: { limits: [], scope: ['url', 'token'] },
  settings: {
    url: { kind: 'url', help: 'The address.', default: 'https://api.umbrella.test' },
    token: { kind: 'secret', help: 'A token.' },
    organization: { kind: 'text', help: 'The organisation.' },
    region: { kind: 'text', help: 'The region.', default: 'us' },
    tenant: { kind: 'text', help: 'The tenant.', optional: true },
  },
  sources: { alerts: scriptedSource([[event('a'), event('b', 1)]]) },
};
const START = '2020-01-01T00:00:00Z';

let azurite: TestStorage;
let storage: Storage;
let workspace: Workspace;
let first: Vendor;
let second: Vendor;

beforeAll(async () => {
  azurite = realStorage();
  storage = openStorage({ AzureWebJobsStorage: azurite.connectionString });
});
beforeEach(async () => {
  await Promise.all([storage.blobs.deleteIfExists(), storage.queue(BACKFILL_QUEUE).deleteIfExists()]);
  workspace = await realWorkspace([acme, initechAudit, umbrella]);
  const newestAt = yesterday();
  [first, second] = await Promise.all([vendorOf({ newestAt }), vendorOf({ newestAt })]);
});
afterEach(async () => {
  await closeVendors();
  await workspace.close();
});

/** The app with settings for this tenant of the vendor. */
function appOf(vendor: Vendor, more: Record<string, string> = {}): App {
  const env = {
    ...variablesFor(azurite, workspace),
    ...variablesOf('acme', { ...vendor.settings('acme'), START }),
    ...variablesOf('initech-audit', { ...vendor.settings('initech-audit'), START }),
    ...more,
  };
  return appWith(env, [acme, initechAudit, umbrella]);
}

const run = (app: App, id = SYSTEM_LOG): Promise<RunReport> => app.pullSource(id, keptLines());
const published = (): number => second.published('acme', 'systemLog').length;
const stateOf = async (app: App) => (await openAdmin(app, keptLines()).readState(SYSTEM_LOG))?.checkpoint;

test('another tenant’s address is refused with the remedies, nothing is requested, and the state stays', async () => {
  await run(appOf(first));
  const app = appOf(second);
  const before = await stateOf(app);
  const report = await run(app);
  expect(report).toMatchObject({ outcome: 'failed', fetched: 0, error: { name: 'SettingError' } });
  expect(report.error?.message).toMatch(
    /ACME_URL has changed since.*ACME__<NAME>__URL.*state reset acme\/systemLog.*state adopt acme\/systemLog/,
  );
  expect([await stateOf(app), second.requests]).toEqual([before, []]);
  const [{ instances } = { instances: [] }] = await app.status();
  expect(instances[0]?.sources[0]?.lastRun?.error?.message).toBe(report.error?.message);
});

test('another organisation at the same address is refused too', async () => {
  await run(appOf(first), EVENTS);
  const report = await run(appOf(first, { INITECH_AUDIT_ORGANIZATION: 'another' }), EVENTS);
  expect(report).toMatchObject({ outcome: 'failed', error: { name: 'SettingError' } });
  expect(report.error?.message).toMatch(/; INITECH_AUDIT_ORGANIZATION has changed since/);
});

test('another tenant is refused even if no budget distinguishes it, or if it replaces a default or no value', async () => {
  const set = { UMBRELLA_TOKEN: 'a-token', UMBRELLA_ORGANIZATION: 'north', UMBRELLA_START: START };
  expect(await run(appOf(first, set), UMBRELLA)).toMatchObject({ outcome: 'caught-up', fetched: 2 });
  for (const name of ['UMBRELLA_ORGANIZATION', 'UMBRELLA_REGION', 'UMBRELLA_TENANT']) {
    const report = await run(appOf(first, { ...set, [name]: 'another' }), UMBRELLA);
    expect(report).toMatchObject({ outcome: 'failed', fetched: 0, error: { name: 'SettingError' } });
    expect(report.error?.message).toContain(`; ${name} has changed since`);
  }
  const same = { ...set, UMBRELLA_REGION: 'us', UMBRELLA_TOKEN: 'a-new-token' };
  expect(await run(appOf(first, same), UMBRELLA)).toMatchObject({ outcome: 'caught-up', fetched: 0 });
});

test('a rotated token is not another tenant', async () => {
  await run(appOf(first));
  const app = appOf(first, { ACME_TOKEN: 'a-new-token' });
  expect((await run(app)).error?.message ?? '').not.toMatch(/another account/);
});

test('a named instance reads the other tenant from its start, beside the first', async () => {
  await run(appOf(first));
  const eu = variablesOf('acme', { ...second.settings('acme'), START }, 'eu');
  const app = appOf(first, eu);
  expect(await run(app, { ...SYSTEM_LOG, instance: 'eu' })).toMatchObject({ fetched: published() });
  expect(await run(app)).toMatchObject({ outcome: 'caught-up', fetched: 0 });
});

test.each([
  ['reset', { what: 'state-reset' }],
  ['set to a time', { what: 'state-set', since: new Date(START) }],
] as const)(
  'a state that is %s belongs to the account of the next run, from its start',
  async (_, change) => {
    await run(appOf(first));
    const app = appOf(second);
    await openAdmin(app, keptLines()).changeState(SYSTEM_LOG, 'anna', change);
    expect(await run(app)).toMatchObject({ outcome: 'caught-up', fetched: published() });
    expect(await run(appOf(first))).toMatchObject({ outcome: 'failed' });
  },
);

test('an adopted state continues from its position, under the lease, and leaves a backup and an audit event', async () => {
  await run(appOf(first));
  const app = appOf(second);
  const admin = openAdmin(app, keptLines());
  const before = await stateOf(app);
  const changed = await admin.changeState(SYSTEM_LOG, 'anna', { what: 'state-adopt' });
  const after = await stateOf(app);
  expect(after).toEqual({ ...before, account: after?.account });
  expect(after?.account).not.toEqual(before?.account);
  expect(changed).toMatchObject({ before, after, backup: expect.stringMatching(/^backups\/acme/) });
  const { acts } = await admin.explain(SYSTEM_LOG, new Date(START), new Date());
  expect(acts).toMatchObject([
    {
      what: 'state-adopt',
      by: 'anna',
      before: { account: before?.account },
      after: { account: after?.account },
    },
  ]);
  expect(JSON.stringify(acts)).not.toMatch(/127\.0\.0\.1/);
  expect(await run(app)).toMatchObject({ outcome: 'caught-up', fetched: 0 });
});

test('a state is not adopted while a run holds its lease, while its source is off, or while it is damaged', async () => {
  await run(appOf(first));
  const blob = storage.blobs.getBlockBlobClient('checkpoints/acme/default/systemLog.json');
  const adopt = (app: App) =>
    openAdmin(app, keptLines()).changeState(SYSTEM_LOG, 'anna', { what: 'state-adopt' });
  const lease = blob.getBlobLeaseClient();
  await lease.acquireLease(60);
  expect(await adopt(appOf(second))).toBe('busy');
  await lease.releaseLease();
  await expect(adopt(appOf(second, { ACME_URL: '' }))).rejects.toThrow(SettingError);
  await blob.upload('{', 1);
  await expect(adopt(appOf(second))).rejects.toThrow(/it is not JSON.*state import/);
  expect((await blob.downloadToBuffer()).toString()).toBe('{');
});

test('a restored state still belongs to its own account', async () => {
  await run(appOf(first));
  const admin = openAdmin(appOf(second), keptLines());
  const checkpoint = (await stateOf(appOf(first)))!;
  await admin.changeState(SYSTEM_LOG, 'anna', { what: 'state-reset' });
  await admin.changeState(SYSTEM_LOG, 'anna', { what: 'state-import', checkpoint });
  expect(await run(appOf(second))).toMatchObject({ outcome: 'failed', error: { name: 'SettingError' } });
  expect(await run(appOf(first))).toMatchObject({ outcome: 'caught-up', fetched: 0 });
});

describe('a backfill', () => {
  const wish = () => {
    const now = Date.now();
    return { from: new Date(now - 48 * 3_600_000), to: new Date(now - 24 * 3_600_000), by: 'anna' };
  };
  const order = async (app: App) => {
    const admin = openAdmin(app, keptLines()).backfills;
    return admin.start(await admin.plan(SYSTEM_LOG, wish()));
  };
  const work = (app: App, backfill: string) => app.workOn({ ...SYSTEM_LOG, backfill }, keptLines());

  test('of one tenant is not read from another, and continues for both once the state is adopted', async () => {
    const one = appOf(first);
    await run(one);
    const { id } = await order(one);
    const app = appOf(second);
    await work(app, id);
    const admin = openAdmin(app, keptLines());
    expect((await admin.backfills.list())[0]).toMatchObject({ id, done: 0, state: 'running' });
    await expect(admin.backfills.plan(SYSTEM_LOG, wish())).rejects.toThrow(/state adopt acme\/systemLog/);
    await admin.changeState(SYSTEM_LOG, 'anna', { what: 'state-adopt' });
    for (let times = 0; times < 3; times++) await work(app, id);
    expect((await admin.backfills.list())[0]).toMatchObject({ id, state: 'finished' });
  });

  test.each([
    ['for no account', undefined],
    ['for some of its settings', { realm: 'of-before' }],
  ])('that an earlier version created %s is bound when it is read', async (_, orderedFor) => {
    const one = appOf(first);
    const { account, id, ...rest } = await order(one);
    expect(account).toHaveProperty('url');
    const blob = storage.blobs.getBlockBlobClient(`backfills/acme/default/systemLog/${id}/order.json`);
    const text = JSON.stringify({ id, ...rest, account: orderedFor, parts: 400, workers: 1 });
    await blob.upload(text, Buffer.byteLength(text));
    const due = { ...SYSTEM_LOG, backfill: id };
    await openAdmin(one, keptLines()).pause(SYSTEM_LOG, 'anna');
    await one.workOn(due, keptLines());
    expect(JSON.parse((await blob.downloadToBuffer()).toString())).toMatchObject({ account });
  });
});
