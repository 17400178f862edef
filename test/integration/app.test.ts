import acme from '../fixtures/connectors/acme';
import globex from '../fixtures/connectors/globex';
import type { Vendor } from '../../local/vendor/vendor';
import type { Workspace } from '../../local/workspace/workspace';
import { EMPTY_LEDGER, isBalanced } from '../../shared/contract/checkpoint';
import type { Clock, RunReport } from '../../shared/contract/run';
import { clock as realClock } from '../../shared/process/clock';
import { createCheckpoints } from '../../shared/storage/state/checkpoints';
import { createRunReports } from '../../shared/storage/state/run-reports';
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
import { CONTINUE_QUEUE } from '../../shared/admin';

const CONNECTORS = [acme, globex];
const SYSTEM_LOG = { connector: 'acme', instance: 'default', source: 'systemLog' };
const LONG_AGO = '2020-01-01T00:00:00Z';

let storage: TestStorage;
let workspace: Workspace;
let vendor: Vendor;
let env: Record<string, string>;

beforeAll(async () => {
  storage = realStorage();
});
beforeEach(async () => {
  workspace = await realWorkspace(CONNECTORS);
  vendor = await vendorOfToday({ pageSize: 4 });
  const { blobs, queue } = openStorage({ AzureWebJobsStorage: storage.connectionString });
  await Promise.all([blobs.deleteIfExists(), queue(CONTINUE_QUEUE).deleteIfExists()]);
  env = {
    ...variablesFor(storage, workspace),
    ...variablesOf('acme', vendor.settings('acme')),
    ...variablesOf('globex', vendor.settings('globex')),
    ACME_START: LONG_AGO,
    GLOBEX_START: LONG_AGO,
  };
});
afterEach(async () => {
  await closeVendors();
  await workspace.close();
});

async function stored(table: string): Promise<{ rows: number; events: number }> {
  const [row] = await workspace.query(
    `SELECT count(*) AS "rows", count(DISTINCT "EventId") AS events FROM "${table}"`,
  );
  return { rows: Number(row?.['rows']), events: Number(row?.['events']) };
}

/** A clock that advances by `stepMs` each time a run reads it. */
function hurrying(stepMs: number): Clock {
  let looks = 0;
  return { ...realClock, now: () => new Date(realClock.now().getTime() + stepMs * looks++) };
}

test('every source of both connectors is pulled, stored and balanced', async () => {
  const app = appWith(env, CONNECTORS);
  const reports = (
    await Promise.all(['acme', 'globex'].map((name) => app.pullConnector(name, keptLines())))
  ).flat();
  expect(reports.map(({ error, outcome, source }) => ({ error, outcome, source }))).toEqual(
    ['systemLog', 'signInAttempts', 'itemUsages', 'auditEvents'].map((source) => ({
      source,
      outcome: 'caught-up',
      error: undefined,
    })),
  );
  for (const report of reports) {
    const published = vendor.published(report.connector, report.source).length;
    expect(report).toMatchObject({ fetched: published, accepted: published });
    expect(await stored(report.table)).toEqual({ rows: published, events: published });
  }
  expect(vendor.complaints).toEqual([]);
});

test('an invalid SCHEDULE leaves the timer at its default, and the connector reports what is wrong', async () => {
  const [asItIs] = appWith(env, [acme]).timers;
  const app = appWith({ ...env, ACME_SCHEDULE: 'hourly' }, [acme]);
  expect(app.timers).toEqual([asItIs]);
  const lines = keptLines();
  expect(await app.pullConnector('acme', lines)).toEqual([]);
  expect(lines.all).toEqual([expect.stringContaining('ACME_SCHEDULE is not a schedule')]);
});

test('a second run finds nothing, writes nothing and keeps its position', async () => {
  const app = appWith(env, CONNECTORS);
  await app.pullSource(SYSTEM_LOG, keptLines());
  const before = (await app.status())[0]?.instances[0]?.sources[0];
  const report = await app.pullSource(SYSTEM_LOG, keptLines());
  const after = (await app.status())[0]?.instances[0]?.sources[0];
  expect(report).toMatchObject({ fetched: 0, accepted: 0, outcome: 'caught-up' });
  expect(after?.ledger).toEqual(before?.ledger);
  expect(isBalanced(after!.ledger!)).toBe(true);
});

test('a run that is out of time stops after a page, enqueues a message and continues there', async () => {
  const first = await appWith(env, CONNECTORS, hurrying(120_000)).pullSource(SYSTEM_LOG, keptLines());
  expect(first).toMatchObject({ outcome: 'out-of-time', pages: 1, fetched: 4 });
  const queue = openStorage(env).queue(CONTINUE_QUEUE);
  const { receivedMessageItems } = await queue.receiveMessages();
  const message: unknown = JSON.parse(Buffer.from(receivedMessageItems[0]!.messageText, 'base64').toString());
  expect(message).toEqual(SYSTEM_LOG);

  const app = appWith(env, CONNECTORS);
  await app.goOn(message, keptLines());
  const published = vendor.published('acme', 'systemLog').length;
  expect(await stored('AcmeSystemLog_CL')).toEqual({ rows: published, events: published });
});

test('sweep finds an unfinished run that no message triggered, and only while it is unfinished', async () => {
  await appWith(env, CONNECTORS, hurrying(120_000)).pullSource(SYSTEM_LOG, keptLines());
  const later: Clock = { ...realClock, now: () => new Date(realClock.now().getTime() + 86_400_000) };
  const app = appWith(env, CONNECTORS, later);
  expect(await app.sweep(keptLines())).toEqual([SYSTEM_LOG]);
  await app.pullSource(SYSTEM_LOG, keptLines());
  expect(await app.sweep(keptLines())).toEqual([]);
});

test('a run that stopped midway under a clock that was ahead is found by sweep once the clock is right', async () => {
  const ahead = { ...hurrying(120_000) };
  const shifted: Clock = { ...ahead, now: () => new Date(ahead.now().getTime() + 5 * 86_400_000) };
  await appWith(env, CONNECTORS, shifted).pullSource(SYSTEM_LOG, keptLines());
  expect(await appWith(env, CONNECTORS).sweep(keptLines())).toEqual([SYSTEM_LOG]);
});

test('sweep reports a damaged checkpoint and still finds the other sources', async () => {
  const events = { connector: 'globex', instance: 'default', source: 'itemUsages' };
  await appWith(env, CONNECTORS, hurrying(120_000)).pullSource(events, keptLines());
  const { blobs } = openStorage(env);
  await blobs.getBlockBlobClient('checkpoints/acme/default/systemLog.json').upload('{', 1);
  const later: Clock = { ...realClock, now: () => new Date(realClock.now().getTime() + 86_400_000) };
  const lines = keptLines();
  expect(await appWith(env, CONNECTORS, later).sweep(lines)).toEqual([events]);
  expect(lines.all.join('\n')).toContain('it is not JSON');
});

test('invalid numbers in settings stop nothing, and the app names them', () => {
  const app = appWith({ ...env, PULL_CONCURRENCY: '-1', BACKFILL_CONCURRENCY: '1.5' }, CONNECTORS);
  expect(app.timers).toHaveLength(2);
  expect(app.problems.map((problem) => problem.split(':')[0])).toEqual([
    'PULL_CONCURRENCY',
    'BACKFILL_CONCURRENCY',
  ]);
});

test('a variable without meaning is named', () => {
  expect(appWith({ ...env, ACME_TOCKEN: 'hush' }, CONNECTORS).unknown).toEqual(['ACME_TOCKEN']);
});

test('of two runs of one source at the same time one continues, the other is busy', async () => {
  vendor.behave([{ do: 'slow', ms: 300 }]);
  const reports = await Promise.all(
    [appWith(env, CONNECTORS), appWith(env, CONNECTORS)].map((app) =>
      app.pullSource(SYSTEM_LOG, keptLines()),
    ),
  );
  expect(reports.map(({ outcome }) => outcome).sort()).toEqual(['busy', 'caught-up']);
  const published = vendor.published('acme', 'systemLog').length;
  expect(await stored('AcmeSystemLog_CL')).toEqual({ rows: published, events: published });
});

test('messages that meet a held lease come back as one hidden message, and none for a source that is off', async () => {
  const held = await createCheckpoints(openStorage(env)).acquire(SYSTEM_LOG);
  const app = appWith(env, CONNECTORS);
  for (let n = 0; n < 3; n++) await app.goOn(SYSTEM_LOG, keptLines());
  await app.goOn({ ...SYSTEM_LOG, source: 'nowhere' }, keptLines());
  const queue = openStorage(env).queue(CONTINUE_QUEUE);
  expect((await queue.getProperties()).approximateMessagesCount).toBe(1);
  expect((await queue.receiveMessages()).receivedMessageItems).toEqual([]);
  if (held !== 'busy') await held.release();
});

test('a message that meets a held lease of a source that waits for its timer does not come back', async () => {
  const held = await createCheckpoints(openStorage(env)).acquire(SYSTEM_LOG);
  const stuck: RunReport = {
    ...{ ...SYSTEM_LOG, ...EMPTY_LEDGER, runId: 'stuck', table: 'AcmeSystemLog_CL', pages: 1, drifted: 0 },
    ...{
      startedAt: realClock.now().toISOString(),
      durationMs: 1,
      outcome: 'out-of-time',
      withoutProgress: 7,
    },
  };
  await createRunReports(openStorage(env)).put(stuck);
  await appWith(env, CONNECTORS).goOn(SYSTEM_LOG, keptLines());
  expect(await openStorage(env).queue(CONTINUE_QUEUE).exists()).toBe(false);
  if (held !== 'busy') await held.release();
});

test('when more sources are due than may run at once, the others are enqueued', async () => {
  const app = appWith({ ...env, PULL_CONCURRENCY: '1' }, CONNECTORS);
  const reports = await app.pullConnector('globex', keptLines());
  expect(reports).toHaveLength(1);
  const { receivedMessageItems } = await openStorage(env)
    .queue(CONTINUE_QUEUE)
    .receiveMessages({ numberOfMessages: 10 });
  expect(receivedMessageItems).toHaveLength(2);
});

test('waiting for a free slot counts against the time of a run, as it does for its invocation', async () => {
  let offsetMs = 0;
  const clock: Clock = { ...realClock, now: () => new Date(realClock.now().getTime() + offsetMs) };
  const app = appWith({ ...env, PULL_CONCURRENCY: '1' }, CONNECTORS, clock);
  const ids = [SYSTEM_LOG, { connector: 'globex', instance: 'default', source: 'auditEvents' }];
  const runs = ids.map((id) => app.pullSource(id, keptLines()));
  offsetMs = 3_600_000;
  expect(await Promise.all(runs)).toMatchObject(ids.map(() => ({ outcome: 'out-of-time', pages: 1 })));
});

test('while the workspace is down runs fail; when it is back everything arrives once', async () => {
  const url = new URL(workspace.url);
  await workspace.close();
  const app = appWith({ ...env, ACME_START: LONG_AGO }, CONNECTORS, {
    ...realClock,
    sleep: async () => undefined,
  });
  const failed = await app.pullSource(SYSTEM_LOG, keptLines());
  expect(failed).toMatchObject({ outcome: 'failed', accepted: 0, error: { name: 'UnavailableError' } });
  expect(isBalanced(failed)).toBe(true);

  workspace = await realWorkspace(CONNECTORS);
  expect(workspace.url).not.toBe(url.origin);
  const back = appWith({ ...env, LOGS_INGESTION_ENDPOINT: workspace.url }, CONNECTORS);
  await back.pullSource(SYSTEM_LOG, keptLines());
  const published = vendor.published('acme', 'systemLog').length;
  expect(await stored('AcmeSystemLog_CL')).toEqual({ rows: published, events: published });
});

test('with half the settings that instance is off with every missing one named; the others run', async () => {
  const half = { ...env, ACME__EU__URL: 'https://eu.example.acme.com' };
  const app = appWith(half, CONNECTORS);
  const lines = keptLines();
  const reports = await app.pullConnector('acme', lines);
  expect(reports).toMatchObject([{ instance: 'default', outcome: 'caught-up' }]);
  expect(lines.all.join('\n')).toContain('ACME__EU__TOKEN is not set');
  const [status] = await app.status();
  expect(status?.instances.map(({ instance, state }) => ({ instance, state }))).toEqual([
    { instance: 'default', state: 'on' },
    { instance: 'eu', state: 'wrong' },
  ]);
});

test('wrong credentials cause one request and an error that names the setting, and move nothing', async () => {
  const report = await appWith({ ...env, ACME_TOKEN: 'not-the-one' }, CONNECTORS).pullSource(
    SYSTEM_LOG,
    keptLines(),
  );
  expect(report).toMatchObject({
    outcome: 'failed',
    error: { name: 'SettingError', message: expect.stringContaining('ACME_TOKEN') },
  });
  expect(vendor.requests.filter(({ connector }) => connector === 'acme')).toHaveLength(1);
});

test('an instance whose settings were removed is off (was on), as sweep and the status report', async () => {
  await appWith(env, CONNECTORS).pullSource(SYSTEM_LOG, keptLines());
  const { ACME_URL: _, ACME_TOKEN: __, ...without } = env;
  const app = appWith(without, CONNECTORS);
  const lines = keptLines();
  await app.sweep(lines);
  expect(lines.all.join('\n')).toContain('was on, and is off now');
  expect((await app.status())[0]?.instances[0]?.state).toBe('off (was on)');
  expect(app.timers.map(({ connector }) => connector)).not.toContain('acme');
});

test('each run leaves a health row, a report and one log line without a secret', async () => {
  const lines = keptLines();
  const report = await appWith(env, CONNECTORS).pullSource(SYSTEM_LOG, lines);
  const rows = await workspace.query('SELECT * FROM "ConnectorHealth_CL"');
  expect(rows).toMatchObject([
    { RunId: report.runId, Fetched: report.fetched, Outcome: 'caught-up', Connector: 'acme' },
  ]);
  // Its start is beyond the vendor's retention, which is logged separately.
  const said = lines.all.filter((line) => !line.includes('the vendor does not keep this any more'));
  expect(said).toHaveLength(1);
  expect(JSON.parse(said[0]!)).toMatchObject({
    msg: 'run ended',
    ...SYSTEM_LOG,
  } satisfies Partial<RunReport> & { msg: string });
  expect(lines.all.join()).not.toContain(env['ACME_TOKEN']);
});

test('the Data Collector sink delivers the same events into classic columns', async () => {
  const app = appWith({ ...env, SINK: 'data-collector' }, CONNECTORS);
  const report = await app.pullSource(SYSTEM_LOG, keptLines());
  const published = vendor.published('acme', 'systemLog').length;
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: published });
  const rows = await workspace.query(
    'SELECT count(DISTINCT "EventId_g") AS events, count(*) AS "rows", min("SourceSystem") AS system FROM "AcmeSystemLog_CL"',
  );
  expect(rows).toMatchObject([{ rows: published, system: 'RestAPI' }]);
});
