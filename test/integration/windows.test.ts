import initechAudit from '../fixtures/connectors/initech-audit';
import type { Vendor } from '../../local/vendor/vendor';
import type { Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import type { Clock } from '../../shared/contract/run';
import { createCheckpoints } from '../../shared/storage/state/checkpoints';
import { clock as realClock } from '../../shared/process/clock';
import { openStorage, type Storage } from '../../shared/storage/storage';
import { closeVendors, vendorOf } from '../local/vendor-setup';
import {
  appWith,
  keptLines,
  realStorage,
  realWorkspace,
  variablesFor,
  variablesOf,
  type TestStorage,
} from './harness';

/* A source that is read in windows, through the real app, on real storage. */

const EVENTS = { connector: 'initech-audit', instance: 'default', source: 'organizationEvents' };
const TABLE = 'InitechOrganizationAudit_CL';
const LATE = { INITECH_AUDIT_ORGANIZATION_EVENTS_LATE_TABLE: 'GitHubLate_CL' };

let azurite: TestStorage;
let storage: Storage;
let workspace: Workspace;
let vendor: Vendor;
let nowMs: number;
const clock: Clock = { ...realClock, now: () => new Date(nowMs) };

beforeAll(async () => {
  azurite = realStorage();
  storage = openStorage({ AzureWebJobsStorage: azurite.connectionString });
});
beforeEach(async () => {
  nowMs = Date.parse('2026-11-20T12:00:00Z');
  workspace = await realWorkspace([initechAudit], { env: LATE });
  await storage.blobs.deleteIfExists();
});
afterEach(async () => {
  await closeVendors();
  await workspace.close();
});

async function start(live: boolean, more: Record<string, string> = {}): Promise<App> {
  vendor = await vendorOf({
    live,
    now: () => clock.now(),
    ...(live ? { maxLateMs: 30 * 60_000, events: { gapMs: 60_000 } } : {}),
  });
  const settings = variablesOf('initech-audit', { ...vendor.settings('initech-audit'), enterprise: '' });
  const env = { ...variablesFor(azurite, workspace), ...settings, ...more };
  return appWith(env, [initechAudit], clock);
}

async function count(table: string, what = 'count(*)'): Promise<number> {
  const [row] = await workspace.query(`SELECT ${what} AS n FROM "${table}"`);
  return Number(row?.['n']);
}

async function blobsBelow(prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of storage.blobs.listBlobsFlat({ prefix })) names.push(name.slice(prefix.length));
  return names;
}

test('late events are found, none is delivered twice, and only the referenced segments are kept', async () => {
  const app = await start(true, { INITECH_AUDIT_START: '3h' });
  const startMs = nowMs - 3 * 3_600_000;
  for (let run = 0; run < 36; run++) {
    expect(await app.pullSource(EVENTS, keptLines())).toMatchObject({ outcome: 'caught-up' });
    nowMs += 10 * 60_000;
  }
  const timeOf = (record: unknown): number => Number((record as Record<string, unknown>)['@timestamp']);
  const dueMs = nowMs - 10 * 60_000 - (3 * 60 + 45) * 60_000;
  const due = vendor
    .published('initech-audit', 'organizationEvents')
    .filter((record) => timeOf(record) >= startMs && timeOf(record) <= dueMs);
  expect(due.length).toBeGreaterThan(150);
  const until = `"EventTime" >= TIMESTAMP '${sql(startMs)}' AND "EventTime" <= TIMESTAMP '${sql(dueMs)}'`;
  const [row] = await workspace.query(`SELECT count(*) AS n FROM "${TABLE}" WHERE ${until}`);
  expect(Number(row?.['n'])).toBe(due.length);
  expect(await count(TABLE, 'count(*) - count(DISTINCT "EventId")')).toBe(0);
  const stored = await createCheckpoints(storage).read(EVENTS);
  const named = Object.entries(stored?.seen?.buckets ?? {}).flatMap(([bucket, all]) =>
    all.map(([name]) => `${bucket}/${name}`),
  );
  expect(named.length).toBeGreaterThan(0);
  expect(await blobsBelow('seen/initech-audit/default/organizationEvents/')).toEqual(named.sort());
});

function sql(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('T', ' ').replace('Z', '');
}

test('rows older than two days go to the table that the setting names', async () => {
  nowMs = Date.parse('2026-12-01T12:00:00Z');
  const app = await start(false, { ...LATE, INITECH_AUDIT_START: '2026-11-01T00:00:00Z' });
  const published = vendor.published('initech-audit', 'organizationEvents').length;
  const report = await app.pullSource(EVENTS, keptLines());
  expect(report).toMatchObject({ outcome: 'caught-up', table: TABLE, accepted: published });
  expect([await count(TABLE), await count('GitHubLate_CL')]).toEqual([0, published]);
  expect(await count('GitHubLate_CL', 'count(*) FILTER (WHERE "IsLate")')).toBe(published);
});
