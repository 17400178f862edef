import initechAudit from '../fixtures/connectors/initech-audit';
import acme from '../fixtures/connectors/acme';
import globex from '../fixtures/connectors/globex';
import type { Vendor } from '../../local/vendor/vendor';
import type { Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import type { Connector, PullSource, Source } from '../../shared/contract/connector';
import type { RestSpec } from '../../shared/contract/rest';
import { rest } from '../../shared/kit/rest/rest';
import type { Backfill, BackfillProgress } from '../../shared/contract/backfill';
import { isBalanced, type SourceId } from '../../shared/contract/checkpoint';
import type { Clock, RunReport } from '../../shared/contract/run';
import { clock as realClock } from '../../shared/process/clock';
import { openStorage, type Storage } from '../../shared/storage/storage';
import { localReader } from '../../tools/operator/coverage/reconcile';
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
import { BACKFILL_QUEUE, CONTINUE_QUEUE, openAdmin } from '../../shared/admin';
import type { VendorOptions } from '../../local/vendor/vendor-options';

/* Backfills through the real app, on real storage. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Longer ago than live collection reads. */
const DOWN_MS = 9 * HOUR_MS;
const SYSTEM_LOG: SourceId = { connector: 'acme', instance: 'default', source: 'systemLog' };
const AUDIT_EVENTS: SourceId = { connector: 'globex', instance: 'default', source: 'auditEvents' };
const EVENTS: SourceId = { connector: 'initech-audit', instance: 'default', source: 'organizationEvents' };

let azurite: TestStorage;
let storage: Storage;
let workspace: Workspace;
let vendor: Vendor;
let app: App;
let nowMs: number;
const clock: Clock = { ...realClock, now: () => new Date(nowMs) };

beforeAll(async () => {
  azurite = realStorage();
  storage = openStorage({ AzureWebJobsStorage: azurite.connectionString });
});
beforeEach(async () => {
  nowMs = Date.parse('2026-11-20T12:00:00Z');
  workspace = await realWorkspace([acme, initechAudit, globex]);
  const queues = [BACKFILL_QUEUE, CONTINUE_QUEUE].map((name) => storage.queue(name).deleteIfExists());
  await Promise.all([storage.blobs.deleteIfExists(), ...queues]);
});
afterEach(async () => {
  await closeVendors();
  await workspace.close();
});

async function start(
  connector: Connector,
  options: Partial<VendorOptions>,
  more: Record<string, string> = {},
): Promise<void> {
  vendor = await vendorOf({ live: true, limits: false, now: () => clock.now(), ...options });
  const values = { ...vendor.settings(connector.name), ...more };
  app = appWith(
    { ...variablesFor(azurite, workspace), ...variablesOf(connector.name, values) },
    [connector],
    clock,
  );
}

const admin = () => openAdmin(app, keptLines());
const from = (ms: number): Date => new Date(nowMs - ms);

/** Starts a backfill, as the command does. */
async function order(id: SourceId, rangeMs: number, toMs = 0, workers?: number): Promise<Backfill> {
  const wish = { from: from(rangeMs), to: from(toMs), by: 'anna', workers };
  return admin().backfills.start(await admin().backfills.plan(id, wish));
}

/** Takes all messages out of a queue. */
async function messages(queue: string): Promise<unknown[]> {
  const client = storage.queue(queue);
  if (!(await client.exists())) return [];
  const all: unknown[] = [];
  for (;;) {
    const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
    if (receivedMessageItems.length === 0) return all;
    for (const { messageId, messageText, popReceipt } of receivedMessageItems) {
      await client.deleteMessage(messageId, popReceipt);
      all.push(JSON.parse(Buffer.from(messageText, 'base64').toString('utf8')));
    }
  }
}

/** Runs one worker to its end. @returns the reports of its runs */
async function work(message: unknown, of = app): Promise<RunReport[]> {
  const lines = keptLines();
  await of.workOn(message, lines);
  return lines.all
    .map((line) => JSON.parse(line) as RunReport & { msg: string })
    .filter(({ msg }) => msg === 'run ended');
}

/** Runs every requested worker until none is left. */
async function workAll(): Promise<RunReport[]> {
  const reports: RunReport[] = [];
  for (let asked = await messages(BACKFILL_QUEUE); asked.length > 0; asked = await messages(BACKFILL_QUEUE)) {
    const ended = await Promise.all(asked.map((message) => work(message)));
    reports.push(...ended.flat());
  }
  return reports;
}

async function progress(): Promise<BackfillProgress> {
  const [one] = await admin().backfills.list();
  return one as BackfillProgress;
}

async function count(table: string, what = 'count(*)'): Promise<number> {
  const [row] = await workspace.query(`SELECT ${what} AS n FROM "${table}"`);
  return Number(row?.['n']);
}

async function names(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of storage.blobs.listBlobsFlat({ prefix })) found.push(name.slice(prefix.length));
  return found;
}

const publishedSince = (id: SourceId, member: string, ms: number): number =>
  vendor.published(id.connector, id.source).filter((record) => {
    const time = (record as Record<string, string | number>)[member];
    return new Date(time ?? 0).getTime() >= nowMs - ms;
  }).length;

/** A vendor whose events do not stop; they are read in few pages. */
const AT_WORK = { pageSize: 50, limits: false, events: { gapMs: 60_000 } };
const OLD = {
  events: { historyPages: 40, historyMs: 4 * DAY_MS },
  pageSize: 50,
  bornAt: new Date('2026-11-20T12:00:00Z'),
};

test('a backfill is estimated, cut into slices, read in parallel, and delivered once, beside live collection', async () => {
  await start(acme, OLD, { START: '1h' });
  expect(await app.pullSource(SYSTEM_LOG, keptLines())).toMatchObject({ outcome: 'caught-up' });
  const live = await count('AcmeSystemLog_CL');
  const planned = await admin().backfills.plan(SYSTEM_LOG, {
    from: from(3 * DAY_MS),
    to: from(0),
    by: 'anna',
  });
  const there = publishedSince(SYSTEM_LOG, 'published', 3 * DAY_MS);
  expect(there).toBeGreaterThan(1_000);
  expect(planned.estimate.records / there).toBeGreaterThan(0.7);
  expect(planned.estimate.records / there).toBeLessThan(1.4);
  expect(planned.estimate.gigabytes).toBeGreaterThan(0);
  expect(planned.estimate.basis[0]).toMatch(/^One page of the range: 50 events of /);
  expect(await names('backfills/')).toEqual([]);
  const { parts } = await admin().backfills.start(planned);
  expect(parts).toBeGreaterThanOrEqual(8);
  const reports = await workAll();
  expect(reports.filter(({ outcome }) => outcome === 'caught-up')).toHaveLength(parts);
  const done = await progress();
  expect(done).toMatchObject({ state: 'finished', done: parts, worked: 0, left: [] });
  expect(isBalanced(done.ledger)).toBe(true);
  expect(done.ledger.accepted).toBe(publishedUntil(60_000, 3 * DAY_MS));
  // Events that live collection had delivered came again, with the same ids.
  expect(await count('AcmeSystemLog_CL')).toBe(done.ledger.accepted + live);
  expect(await count('AcmeSystemLogUnique')).toBe(
    await count('AcmeSystemLog_CL', 'count(DISTINCT "EventId")'),
  );
  expect(await names('seen/')).toEqual([]);
  expect((await admin().readState(SYSTEM_LOG))?.checkpoint?.ledger.accepted).toBe(live);
});

/** The events up to the shortest lag before now; a later end is moved there. */
function publishedUntil(lagMs: number, ms: number): number {
  return publishedSince(SYSTEM_LOG, 'published', ms) - publishedSince(SYSTEM_LOG, 'published', lagMs - 1);
}

test('a worker out of time enqueues its successor; a surplus worker ends; sweep replaces a lost message', async () => {
  await start(acme, OLD, { START: '1h' });
  const { id } = await order(SYSTEM_LOG, 2 * DAY_MS, 0, 2);
  const [first, second] = await messages(BACKFILL_QUEUE);
  expect(first).toEqual({ ...SYSTEM_LOG, backfill: id });
  const env = { ...variablesFor(azurite, workspace), ...variablesOf('acme', vendor.settings('acme')) };
  const hurried = appWith({ ...env, AzureFunctionsJobHost__functionTimeout: '00:00:00' }, [acme], clock);
  expect(await work(first, hurried)).toMatchObject([{ outcome: 'out-of-time', pages: 1 }]);
  expect(await messages(BACKFILL_QUEUE)).toEqual([first]);
  vendor.behave([{ do: 'empty-page' }]);
  expect(await work(first, hurried)).toMatchObject([{ outcome: 'out-of-time', pages: 1, fetched: 0 }]);
  // A slice without progress is left to the sweep, so that one that never succeeds is not read again and again.
  expect(await messages(BACKFILL_QUEUE)).toEqual([]);
  vendor.behave([]);
  // Both messages are lost, and nobody holds a slice.
  await app.sweep(keptLines());
  expect(await messages(BACKFILL_QUEUE)).toEqual([first, second]);
  const [reports] = await Promise.all([first, second, first, first].map((one) => work(one)));
  expect(reports?.length).toBeGreaterThan(0);
  expect(await progress()).toMatchObject({ state: 'finished' });
  expect(await work(first)).toEqual([]);
  expect(await count('AcmeSystemLog_CL', 'count(*) - count(DISTINCT "EventId")')).toBe(0);
});

test('an unreadable job does not hide other jobs', async () => {
  await start(acme, OLD, { START: '1h' });
  const one = await order(SYSTEM_LOG, 2 * DAY_MS, 0, 1);
  await messages(BACKFILL_QUEUE);
  const damaged = 'backfills/acme/default/systemLog/00000000/order.json';
  await storage.blobs.getBlockBlobClient(damaged).upload('{', 1);
  const lines = keptLines();
  await app.sweep(lines);
  expect(await messages(BACKFILL_QUEUE)).toEqual([{ ...SYSTEM_LOG, backfill: one.id }]);
  expect(lines.all.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { reason: expect.stringMatching(/backfill 00000000 of acme\/systemLog.*Remove backfills\/acme/) },
  ]);
  const [status] = await app.status();
  expect(status?.instances[0]?.sources[0]?.backfills).toMatchObject([{ id: one.id }]);
  expect((await admin().backfills.list()).map(({ id }) => id)).toEqual([one.id]);
});

test('a slice that fails stops no other slice, and no listing', async () => {
  await start(acme, OLD, { START: '1h' });
  const { id, parts } = await order(SYSTEM_LOG, 3 * DAY_MS);
  expect(parts).toBeGreaterThanOrEqual(8);
  const damaged = storage.blobs.getBlockBlobClient(`backfills/acme/default/systemLog/${id}/3.json`);
  await damaged.upload('{', 1);
  const reports = await work({ ...SYSTEM_LOG, backfill: id });
  expect(reports.map(({ outcome }) => outcome)).toEqual([
    ...Array<string>(parts - 1).fill('caught-up'),
    'failed',
  ]);
  expect(reports.at(-1)?.error?.message).toMatch(
    new RegExp(`acme/systemLog#${id}.3: .* remove backfills/acme/.*/3.json, and the slice is read again`),
  );
  const now = await progress();
  expect(now).toMatchObject({ state: 'running', done: parts - 1 });
  expect(now.left).toHaveLength(1);
  expect((await app.status())[0]?.instances[0]?.sources[0]?.backfills).toMatchObject([
    { id, done: parts - 1 },
  ]);
  // Without its checkpoint the slice starts again.
  await damaged.delete();
  await work({ ...SYSTEM_LOG, backfill: id });
  expect(await progress()).toMatchObject({ state: 'finished', done: parts, left: [] });
});

test('a job is paused, resumed and cancelled, and each leaves an audit event', async () => {
  await start(acme, OLD, { START: '1h' });
  const one = await order(SYSTEM_LOG, 2 * DAY_MS);
  const { change } = admin().backfills;
  expect(await change(one, 'bo', 'pause')).toMatchObject({ state: 'paused' });
  expect(await workAll()).toEqual([]);
  await app.sweep(keptLines());
  expect(await messages(BACKFILL_QUEUE)).toEqual([]);
  await change(one, 'bo', 'resume');
  expect((await messages(BACKFILL_QUEUE)).length).toBe(8);
  // A pause of the source also pauses its backfills.
  await admin().pause(SYSTEM_LOG, 'carl');
  const reports = await work({ ...SYSTEM_LOG, backfill: one.id });
  expect(reports).toMatchObject([{ outcome: 'paused', fetched: 0 }]);
  const wish = { from: from(3 * DAY_MS), to: from(DAY_MS), by: 'bo' };
  const twice = `The unfinished backfill ${one.id} overlaps it: those events come twice, with the same EventId.`;
  expect((await admin().backfills.plan(SYSTEM_LOG, wish)).warnings).toContain(twice);
  expect(await change(one, 'bo', 'cancel')).toMatchObject({ state: 'cancelled' });
  expect(await change(one, 'bo', 'resume')).toMatchObject({ state: 'cancelled' });
  expect((await admin().backfills.plan(SYSTEM_LOG, wish)).warnings).not.toContain(twice);
  const told = await admin().explain(SYSTEM_LOG, from(DAY_MS), from(0));
  expect(told.acts.map(({ by, what }) => [by, what])).toEqual([
    ['anna', 'backfill-start'],
    ['bo', 'backfill-pause'],
    ['bo', 'backfill-resume'],
    ['carl', 'pause'],
    ['bo', 'backfill-cancel'],
  ]);
});

test('status and coverage report show the job: what is missing has its command, what is finished is covered', async () => {
  await start(acme, OLD, { START: '1h' });
  await app.pullSource(SYSTEM_LOG, keptLines());
  nowMs += 1_000;
  const before = await admin().explain(SYSTEM_LOG, from(2 * DAY_MS), from(2 * HOUR_MS));
  expect(before).toMatchObject({
    verdict: 'recoverable',
    commands: [`npx tributary backfill acme/systemLog --from ${before.from} --to ${before.to}`],
  });
  const { id } = await order(SYSTEM_LOG, 2 * DAY_MS + HOUR_MS);
  const [status] = await app.status();
  expect(status?.instances[0]?.sources[0]?.backfills).toMatchObject([{ id, state: 'running', done: 0 }]);
  expect((await admin().explain(SYSTEM_LOG, from(2 * DAY_MS), from(2 * HOUR_MS))).commands).toEqual([
    'npx tributary backfill list acme/systemLog',
  ]);
  await workAll();
  const after = await admin().explain(SYSTEM_LOG, from(2 * DAY_MS), from(2 * HOUR_MS));
  expect([after.gaps, after.outages]).toEqual([[], []]);
  expect((await app.status())[0]?.instances[0]?.sources[0]?.backfills).toBeUndefined();
});

test('a backfill of all that the vendor keeps begins at the oldest event that is still kept', async () => {
  await start(acme, OLD);
  nowMs += 30_000;
  const asked = { from: from(90 * DAY_MS + 1_000), to: from(0), by: 'anna' };
  const { backfill } = await admin().backfills.plan(SYSTEM_LOG, asked);
  expect(backfill.from).toBe(new Date(nowMs - 90 * DAY_MS + 30_000).toISOString());
});

/** The same source, if it supported no end. */
function endless(connector: Connector): Connector {
  const sources = Object.entries(connector.sources).map(([name, source]): [string, Source] => {
    const { until: _, window: __, ...spec } = source.pull?.rest as RestSpec;
    return [name, { ...(source as PullSource), pull: rest(spec) }];
  });
  return { ...connector, sources: Object.fromEntries(sources) };
}

test('a feed read by cursor gives a range of its past, and then continues from its cursor', async () => {
  await start(globex, OLD, { SOURCES: 'auditEvents', START: '1h' });
  await app.pullSource(AUDIT_EVENTS, keptLines());
  const live = (await admin().readState(AUDIT_EVENTS))?.checkpoint;
  expect(live?.position).toEqual({ cursor: expect.any(String) });
  await order(AUDIT_EVENTS, 2 * DAY_MS, DAY_MS);
  await workAll();
  const done = await progress();
  const there =
    publishedSince(AUDIT_EVENTS, 'timestamp', 2 * DAY_MS) -
    publishedSince(AUDIT_EVENTS, 'timestamp', DAY_MS - 1);
  expect(there).toBeGreaterThan(100);
  expect(done).toMatchObject({ state: 'finished', left: [], ledger: { accepted: there } });
  expect(await count('GlobexAuditEvents_CL')).toBe(there + (live?.ledger.accepted ?? 0));
  expect((await admin().readState(AUDIT_EVENTS))?.checkpoint?.position).toEqual(live?.position);
});

test('a backfill that no vendor can serve is refused with the reason and what to do', async () => {
  await start(endless(globex), { ...OLD, events: { historyPages: 1 } });
  const id = AUDIT_EVENTS;
  const { plan } = admin().backfills;
  const wish = { from: from(DAY_MS), to: from(0), by: 'anna' };
  await expect(plan(id, wish)).rejects.toThrow(
    /everything after a cursor and accepts no end.*state set globex\/auditEvents/,
  );
  await start(acme, OLD);
  await expect(plan(SYSTEM_LOG, wish)).rejects.toThrow(/there is no such source|is off/);
  await expect(admin().backfills.plan(SYSTEM_LOG, { ...wish, from: from(91 * DAY_MS) })).rejects.toThrow(
    /keeps 90 days .* Start at that time or later: --from 2026-08-22T12:00:00/,
  );
  await expect(admin().backfills.plan(SYSTEM_LOG, { ...wish, from: from(0) })).rejects.toThrow(
    /the range is empty: it would go from/,
  );
});

test('a source that was down for nine hours continues at once, and a gap backfill reads in parallel what it missed', async () => {
  await start(initechAudit, AT_WORK, { enterprise: '', START: '1h' });
  const startMs = nowMs - HOUR_MS;
  expect(await app.pullSource(EVENTS, keptLines())).toMatchObject({ outcome: 'caught-up' });
  nowMs += DOWN_MS;
  const back = await app.pullSource(EVENTS, keptLines());
  expect(back).toMatchObject({ outcome: 'caught-up' });
  const { from: missedFrom, left, state, to } = await progress();
  expect([state, Date.parse(to) - Date.parse(missedFrom)]).toEqual([
    'running',
    DOWN_MS - 3 * HOUR_MS + 2 * 60_000,
  ]);
  // No report covers it before it is delivered.
  const early = await admin().explain(EVENTS, new Date(startMs), from(HOUR_MS));
  expect(early.gaps).toMatchObject([{ from: missedFrom, to, verdict: 'recoverable' }]);
  expect(left).toEqual([{ from: missedFrom, to }]);
  const reports = await workAll();
  expect(reports.length).toBeGreaterThan(6);
  for (let run = 0; run < 24; run++) {
    nowMs += 10 * 60_000;
    expect(await app.pullSource(EVENTS, keptLines())).toMatchObject({ outcome: 'caught-up' });
  }
  const due = vendor.published('initech-audit', 'organizationEvents').filter((record) => {
    const time = Number((record as Record<string, unknown>)['@timestamp']);
    return time >= startMs && time <= nowMs - 4 * HOUR_MS;
  }).length;
  const until = `WHERE "EventTime" <= TIMESTAMP '${new Date(nowMs - 4 * HOUR_MS).toISOString().replace('T', ' ').replace('Z', '')}'`;
  const [row] = await workspace.query(
    `SELECT count(*) AS n, count(DISTINCT "EventId") AS events FROM "InitechOrganizationAudit_CL" ${until}`,
  );
  expect([Number(row?.['n']), Number(row?.['events'])]).toEqual([due, due]);
  expect((await admin().explain(EVENTS, new Date(startMs), from(4 * HOUR_MS))).gaps).toEqual([]);
  // No other run has accepted the events of the gap.
  const all = await count('InitechOrganizationAudit_CL');
  expect(await admin().reconcile(EVENTS, localReader)).toMatchObject({ accepted: all, verdict: 'stored' });
});

test('a damaged gap backfill job is replaced: the source continues, and no event is lost', async () => {
  await start(initechAudit, AT_WORK, { enterprise: '', START: '1h' });
  await app.pullSource(EVENTS, keptLines());
  const name = 'checkpoints/initech-audit/default/organizationEvents.json';
  const before = await storage.blobs.getBlobClient(name).downloadToBuffer();
  nowMs += DOWN_MS;
  await app.pullSource(EVENTS, keptLines());
  const missed = await progress();
  const order = `backfills/initech-audit/default/organizationEvents/${missed.id}/order.json`;
  await storage.blobs.getBlockBlobClient(order).upload('{', 1);
  await storage.blobs.getBlockBlobClient(name).upload(before, before.length);
  const lines = keptLines();
  expect(await app.pullSource(EVENTS, lines)).toMatchObject({ outcome: 'caught-up' });
  expect(lines.all.join()).toMatch(new RegExp(`${order} is damaged.*start it again`));
  const [again, ...others] = await admin().backfills.list(EVENTS);
  expect(others).toEqual([]);
  expect(again).toMatchObject({ from: missed.from, to: missed.to, state: 'running' });
  expect(again?.id).not.toBe(missed.id);
});

test('what a version without windows read in between is not missing', async () => {
  await start(initechAudit, AT_WORK, { enterprise: '', START: '1h' });
  await app.pullSource(EVENTS, keptLines());
  nowMs += DOWN_MS;
  const { checkpoint } = (await admin().readState(EVENTS))!;
  const since = new Date(nowMs - 10 * 60_000).toISOString();
  const blob = storage.blobs.getBlockBlobClient('checkpoints/initech-audit/default/organizationEvents.json');
  // It moves the position and keeps members that it does not know.
  const text = JSON.stringify({ ...checkpoint, position: { since } });
  await blob.upload(text, Buffer.byteLength(text));
  expect(await app.pullSource(EVENTS, keptLines())).toMatchObject({ outcome: 'caught-up' });
  expect(await admin().backfills.list()).toEqual([]);
});

test('a gap backfill runs again after an earlier state is restored', async () => {
  await start(initechAudit, AT_WORK, { enterprise: '', START: '1h' });
  await app.pullSource(EVENTS, keptLines());
  const before = (await admin().readState(EVENTS))!.checkpoint!;
  nowMs += DOWN_MS;
  await app.pullSource(EVENTS, keptLines());
  await workAll();
  const { from: missedFrom, ledger } = await progress();
  nowMs += 60_000;
  await admin().changeState(EVENTS, 'anna', { what: 'state-import', checkpoint: before });
  await app.pullSource(EVENTS, keptLines());
  const [first, again] = await admin().backfills.list();
  expect(first).toMatchObject({ state: 'finished', from: missedFrom });
  expect(again).toMatchObject({ state: 'running', from: missedFrom, isCatchUp: true });
  await workAll();
  const [, done] = await admin().backfills.list();
  expect(done?.state).toBe('finished');
  expect(done?.ledger.accepted).toBeGreaterThanOrEqual(ledger.accepted);
});
