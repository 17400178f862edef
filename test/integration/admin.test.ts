import type { Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import { EMPTY_CHECKPOINT, isBalanced } from '../../shared/contract/checkpoint';
import type { Connector } from '../../shared/contract/connector';
import type { RunReport } from '../../shared/contract/run';
import type { AdminContext } from '../../shared/admin/admin-context';
import { redeliver } from '../../shared/admin/dead-letters/redeliver';
import { clock } from '../../shared/process/clock';
import { createRunHistory } from '../../shared/storage/state/run-history';
import { readSettings } from '../../shared/settings/instance-settings';
import { openStorage, type Storage } from '../../shared/storage/storage';
import { secretsOf } from '../../shared/values/secrets/secrets';
import { resolvePullSource } from '../../shared/run/run-source';
import { openStores } from '../../shared/run/stores';
import { localReader } from '../../tools/operator/coverage/reconcile';
import { lateVendor } from '../fakes/late-vendor';
import { event, SAMPLE_TABLE, scriptedConnector, type Step } from '../fakes/scripted-source';
import { silentLog } from '../fakes/silent-log';
import { appWith, keptLines, realStorage, realWorkspace, variablesFor, type TestStorage } from './harness';
import { openAdmin } from '../../shared/admin';
import { readAppSettings } from '../../shared/settings/app-settings';
import { dropDeadLetters } from '../../shared/admin/dead-letters/drop';

/* An operator's commands on real blob storage, with the local workspace. */

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
const ALL = (): boolean => true;
const stream = `Custom-${SAMPLE_TABLE.name}`;
/** How often the workspace refuses a page: once in each of its five runs, twice if its two rows are split. */
const REFUSE_FIVE_RUNS = { api: 'logs-ingestion', match: { stream }, do: 'status', status: 400, times: 15 };

const LONG_AGO = { at: '2026-01-01T00:00:00.000Z' };
const LATE = { ACME_ALERTS_LATE_TABLE: 'SampleLate_CL' };

let azurite: TestStorage;
let storage: Storage;
let workspace: Workspace;
let script: Step[];
let env: Record<string, string>;
let app: App;

const acme = (): Connector => scriptedConnector(script);

beforeAll(async () => {
  azurite = realStorage();
});
beforeEach(async () => {
  script = [];
  workspace = await realWorkspace([acme()], { env: { ...LATE, ACME_URL: 'https://acme.test' } });
  env = { ...variablesFor(azurite, workspace), ACME_URL: 'https://acme.test' };
  storage = openStorage(env);
  await storage.blobs.deleteIfExists();
  app = appWith(env, [acme()]);
});
afterEach(() => workspace.close());

const run = (): Promise<RunReport> => app.pullSource(ID, keptLines());
const admin = () => openAdmin(app, keptLines());
const ledger = async () => (await admin().readState(ID))?.checkpoint?.ledger;
const stored = async (table = SAMPLE_TABLE.name): Promise<string[]> => {
  const rows = await workspace.query(`SELECT "EventId" AS id FROM "${table}" ORDER BY 1`);
  return rows.map(({ id }) => String(id));
};
async function letters() {
  const found = [];
  for await (const letter of admin().deadLetters(ID, ALL)) found.push(letter);
  return found;
}
async function names(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of storage.blobs.listBlobsFlat({ prefix })) found.push(name);
  return found;
}
async function behave(...rules: object[]): Promise<void> {
  const answer = await fetch(`${workspace.url}/behave`, { method: 'POST', body: JSON.stringify(rules) });
  expect(answer.status).toBeLessThan(300);
}
async function setAside(more = {}): Promise<void> {
  script.push([event('a', 0, more), event('b', 0, more)]);
  await behave(REFUSE_FIVE_RUNS);
  for (let times = 1; times < 5; times++) expect(await run()).toMatchObject({ outcome: 'failed' });
  expect(await run()).toMatchObject({ outcome: 'caught-up', setAside: 1, deadLettered: 2 });
  await behave();
}
/** An admin's context, with parts of its state replaced. */
function toolsWith(parts: (state: AdminContext['state']) => Partial<AdminContext['state']>): AdminContext {
  const state = openStores(readAppSettings(env), clock);
  const connector = acme();
  return {
    state: { ...state, ...parts(state) },
    clock,
    log: silentLog(),
    secrets: secretsOf([]),
    find: (id) => resolvePullSource(id, [connector], readSettings(connector, env).instances),
    kindOf: () => 'pull',
    deliveryRoute: async () => undefined,
  };
}

describe('dead letters', () => {
  test('record what could not be delivered, why, and by which version', async () => {
    script.push([event('a'), null, 'text']);
    await run();
    expect(await letters()).toMatchObject([
      { ...ID, cause: 'not-an-object', record: 'null', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
      { cause: 'not-an-object', record: '"text"', id: expect.stringMatching(/-0-1$/) },
    ]);
  });

  test('of a quarantined page are replayed, counted in one write and removed; no position moves', async () => {
    await setAside();
    const before = (await admin().readState(ID))?.checkpoint;
    expect(before?.ledger).toMatchObject({ fetched: 2, accepted: 0, deadLettered: 2 });
    expect(await admin().replay(ID, 'anna', ALL)).toEqual({
      accepted: 2,
      filtered: 0,
      remaining: 0,
      truncated: 0,
    });
    const after = (await admin().readState(ID))?.checkpoint;
    expect(after).toMatchObject({
      position: before?.position,
      ledger: { fetched: 2, accepted: 2, deadLettered: 0 },
    });
    expect(after).not.toHaveProperty('replayed');
    expect(isBalanced(after!.ledger)).toBe(true);
    expect([await stored(), await letters()]).toEqual([['a', 'b'], []]);
  });

  test('of a backfill are replayed with those of its source, and counted in the ledger of the backfill', async () => {
    const atMs = Date.now() - 6 * 3_600_000;
    const events = [1, 2].map((serial) => ({ serial, atMs: atMs + serial, visibleMs: atMs }));
    const alerts = lateVendor(events, { window: { lag: { minMs: 0, maxMs: 0 } }, nowMs: Date.now });
    app = appWith({ ...env, ACME_START: '1h' }, [{ ...acme(), sources: { alerts } }]);
    expect(await run()).toMatchObject({ outcome: 'caught-up', fetched: 0 });
    const wish = { from: new Date(atMs - 60_000), to: new Date(atMs + 60_000), by: 'anna' };
    const { id, parts } = await admin().backfills.start(await admin().backfills.plan(ID, wish));
    expect(parts).toBe(1);
    // Both rows are refused together, then the first alone.
    await behave({ ...REFUSE_FIVE_RUNS, times: 2 });
    await app.workOn({ ...ID, backfill: id }, keptLines());
    const ledgerOf = async () => (await admin().backfills.list(ID))[0]?.ledger;
    expect(await ledgerOf()).toMatchObject({ fetched: 2, accepted: 1, deadLettered: 1 });
    expect(await letters()).toMatchObject([{ ...ID, cause: 'refused' }]);
    expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 1, remaining: 0 });
    expect(await ledgerOf()).toMatchObject({ fetched: 2, accepted: 2, deadLettered: 0 });
    expect(await ledger()).toMatchObject({ fetched: 0, accepted: 0, deadLettered: 0 });
    expect([await stored(), await letters()]).toEqual([['event-1', 'event-2'], []]);
    // The delivered rows of a slice stay; no worker reads it again.
    await app.workOn({ ...ID, backfill: id }, keptLines());
    expect(await stored()).toEqual(['event-1', 'event-2']);
  });

  test('that still cannot be delivered remain; the others are delivered', async () => {
    await setAside();
    script.push([null]);
    await run();
    expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 2, remaining: 1 });
    expect(await letters()).toMatchObject([{ cause: 'not-an-object' }]);
    expect(await ledger()).toMatchObject({ fetched: 3, accepted: 2, deadLettered: 1 });
  });

  test('that the workspace still refuses remain, uncounted', async () => {
    await setAside();
    await behave({ ...REFUSE_FIVE_RUNS, times: 3 });
    expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 0, remaining: 2 });
    expect([(await letters()).length, await ledger()]).toMatchObject([2, { accepted: 0, deadLettered: 2 }]);
  });

  test('sent but not counted before a crash are sent again, with the same event ids', async () => {
    await setAside();
    const tools = toolsWith(({ checkpoints }) => ({
      checkpoints: {
        ...checkpoints,
        async acquire(...words) {
          const held = await checkpoints.acquire(...words);
          if (held === 'busy') return held;
          return { ...held, checkpoint: held.checkpoint, save: () => Promise.reject(new Error('killed')) };
        },
      },
    }));
    await expect(redeliver(tools, ID, 'anna', ALL)).rejects.toThrow('killed');
    expect([(await letters()).length, await ledger()]).toMatchObject([2, { accepted: 0, deadLettered: 2 }]);
    await admin().replay(ID, 'anna', ALL);
    expect([new Set(await stored()), await letters()]).toEqual([new Set(['a', 'b']), []]);
    expect(await ledger()).toMatchObject({ fetched: 2, accepted: 2, deadLettered: 0 });
  });

  test('counted but not removed before a crash are neither sent nor counted again', async () => {
    await setAside();
    const tools = toolsWith(({ deadLetters }) => ({
      deadLetters: { ...deadLetters, remove: () => Promise.reject(new Error('killed')) },
    }));
    await expect(redeliver(tools, ID, 'anna', ALL)).rejects.toThrow('killed');
    expect([(await letters()).length, await ledger()]).toMatchObject([2, { accepted: 2, deadLettered: 0 }]);
    script.push([event('c')]);
    await run();
    expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 0, remaining: 0 });
    expect([await stored(), await letters()]).toEqual([['a', 'b', 'c'], []]);
    expect(await ledger()).toMatchObject({ fetched: 3, accepted: 3, deadLettered: 0 });
  });

  test('counted before a crash are not sent again even if the state is reset in between', async () => {
    await setAside();
    const tools = toolsWith(({ deadLetters }) => ({
      deadLetters: { ...deadLetters, remove: () => Promise.reject(new Error('killed')) },
    }));
    await expect(redeliver(tools, ID, 'anna', ALL)).rejects.toThrow('killed');
    const checkpoint = (await admin().readState(ID))!.checkpoint!;
    await admin().changeState(ID, 'anna', { what: 'state-import', checkpoint: { ...EMPTY_CHECKPOINT } });
    await admin().changeState(ID, 'anna', { what: 'state-import', checkpoint });
    await admin().changeState(ID, 'anna', { what: 'state-reset' });
    expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 0, remaining: 0 });
    expect([await stored(), await letters()]).toEqual([['a', 'b'], []]);
    expect(await ledger()).toMatchObject({ fetched: 2, accepted: 2, deadLettered: 0 });
  });

  test('of old events are replayed to the table for late events', async () => {
    await setAside({ at: '2026-01-01T00:00:00.000Z' });
    app = appWith({ ...env, ...LATE }, [acme()]);
    expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 2, remaining: 0 });
    expect(await stored()).toEqual([]);
    expect(await stored('SampleLate_CL')).toEqual(['a', 'b']);
  });

  test('are replayed with the current settings: a filter may drop them', async () => {
    await setAside();
    app = appWith({ ...env, ACME_ALERTS_DROP: "$[?@.id == 'a']" }, [acme()]);
    expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 1, filtered: 1 });
    expect(await ledger()).toMatchObject({ fetched: 2, accepted: 1, filtered: 1, deadLettered: 0 });
  });

  test('are replayed to a stream that lacks a column with the value in AdditionalFields', async () => {
    await setAside({ severity: 3 });
    const taken = ['TimeGenerated', 'EventTime', 'EventId', 'IsLate', 'Instance', 'AdditionalFields', 'Name'];
    const columns = Object.fromEntries(taken.map((name) => [name, '2026-01-01T00:00:00.000Z']));
    await openStores(readAppSettings(env), clock).streams.write(SAMPLE_TABLE.name, { version: 1, columns });
    expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 2, remaining: 0 });
    const rows = await workspace.query(`SELECT "Severity", "AdditionalFields" FROM "${SAMPLE_TABLE.name}"`);
    expect(rows).toEqual([1, 2].map(() => ({ Severity: null, AdditionalFields: { Severity: 3 } })));
  });

  test('whose cut row is in the table are left alone', async () => {
    script.push([event('long', 0, { name: 'x'.repeat(70_000) })]);
    await run();
    expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 0, truncated: 1 });
    expect([await stored(), (await letters()).length]).toEqual([['long'], 1]);
  });

  test('that are dropped are removed, and the ledger still counts them', async () => {
    await setAside();
    const [first] = await letters();
    expect(await admin().drop(ID, 'anna', ({ id }) => id === first!.id)).toBe(1);
    expect((await letters()).map(({ record }) => record)).toEqual([JSON.stringify(event('b'))]);
    expect(await ledger()).toMatchObject({ deadLettered: 2 });
    expect((await admin().explain(ID, new Date(Date.now() - 60_000), new Date())).acts).toMatchObject([
      { what: 'drop', by: 'anna', before: { 'page-set-aside': 1 }, after: { dropped: 1 } },
    ]);
  });

  test('that are dropped leave an audit event, even when storage fails in the middle', async () => {
    await setAside();
    await setAside({ at: '2026-11-21T00:00:09.000Z' });
    let removed = 0;
    const tools = toolsWith(({ deadLetters }) => ({
      deadLetters: {
        ...deadLetters,
        remove: (page, ids) =>
          removed++ === 0 ? deadLetters.remove(page, ids) : Promise.reject(new Error('storage is away')),
      },
    }));
    await expect(dropDeadLetters(tools, ID, 'anna', ALL)).rejects.toThrow('storage is away');
    const { acts } = await admin().explain(ID, new Date(Date.now() - 60_000), new Date());
    expect(acts).toMatchObject([{ what: 'drop', by: 'anna', after: { dropped: 2 } }]);
  });

  test('of the first versions, which have no id, are found, replayed and removed', async () => {
    await run();
    const lines = ['a', 'b'].map((id) =>
      JSON.stringify({
        ...ID,
        runId: 'old',
        cause: 'too-large',
        detail: 'd',
        record: JSON.stringify(event(id)),
      }),
    );
    const text = `${lines.join('\n')}\n`;
    const name = 'dead-letters/acme/default/alerts/2026-11-20/old-3.jsonl';
    await storage.blobs.getBlockBlobClient(name).upload(text, text.length);
    expect((await letters()).map(({ id }) => id)).toEqual(['old-3-0', 'old-3-1']);
    await admin().replay(ID, 'anna', ({ id }) => id === 'old-3-0');
    expect((await letters()).map(({ id, record }) => [id, record])).toEqual([
      ['old-3-1', JSON.stringify(event('b'))],
    ]);
    expect(isBalanced((await ledger())!)).toBe(true);
  });

  test('of a source whose lease a run holds are busy', async () => {
    await setAside();
    const held = await openStores(readAppSettings(env), clock).checkpoints.acquire(ID);
    expect([await admin().replay(ID, 'anna', ALL), await admin().drop(ID, 'anna', ALL)]).toEqual([
      'busy',
      'busy',
    ]);
    if (held !== 'busy') await held.release();
    expect(await letters()).toHaveLength(2);
  });
});

describe('a state', () => {
  test('can be set to read again from a time; that leaves a backup and an audit event, and keeps the ledger', async () => {
    script.push([event('a')]);
    await run();
    const since = new Date('2026-11-20T00:00:00Z');
    const changed = await admin().changeState(ID, 'anna', { what: 'state-set', since });
    expect(changed).toMatchObject({ before: { position: { delivered: 1 } }, after: { position: null } });
    expect((await admin().readState(ID))?.checkpoint).toMatchObject({
      startFrom: since.toISOString(),
      ledger: { accepted: 1 },
    });
    const [backup] = await names('backups/');
    const copy = (await storage.blobs.getBlobClient(backup!).downloadToBuffer()).toString();
    expect(JSON.parse(copy)).toMatchObject({ position: { delivered: 1 } });
    expect((await admin().explain(ID, since, new Date())).acts).toMatchObject([
      {
        what: 'state-set',
        by: 'anna',
        before: { position: { delivered: 1 }, backup },
        after: { position: null },
      },
    ]);
    await run();
    expect(await stored()).toEqual(['a', 'a']);
  });

  test('that was replaced can be restored from any backup; that leaves a backup and an audit event too', async () => {
    script.push([event('a')]);
    await run();
    const first = (await admin().readState(ID))!.checkpoint!;
    await admin().changeState(ID, 'anna', { what: 'state-reset' });
    await run();
    const second = (await admin().readState(ID))!.checkpoint!;
    const [copy, ...others] = await admin().backups(ID);
    expect([others, copy]).toMatchObject([
      [],
      { checkpoint: first, at: expect.stringMatching(/^\d{4}-.*Z$/) },
    ]);
    const restored = await admin().changeState(ID, 'ben', {
      what: 'state-restore',
      name: copy!.name,
    });
    expect(restored).toMatchObject({ before: second, after: { ...first, savedAt: expect.any(String) } });
    const copies = await admin().backups(ID);
    expect(copies.map(({ checkpoint }) => checkpoint)).toEqual([second, first]);
    expect((await admin().explain(ID, new Date(Date.now() - 60_000), new Date())).acts.at(-1)).toMatchObject({
      what: 'state-restore',
      by: 'ben',
      before: { backup: copies[0]!.name, ledger: { accepted: 2 } },
      after: { restored: copy!.name, ledger: { accepted: 1 } },
    });
  });

  test('that is damaged can be reset, and the damaged bytes are kept', async () => {
    await run();
    const blob = storage.blobs.getBlockBlobClient('checkpoints/acme/default/alerts.json');
    await blob.upload('{"version":1', 12);
    expect(await admin().readState(ID)).toMatchObject({ problem: expect.stringContaining('state reset') });
    expect(await admin().changeState(ID, 'anna', { what: 'state-reset' })).toMatchObject({
      before: { damaged: true },
    });
    const [backup] = await names('backups/');
    expect((await storage.blobs.getBlobClient(backup!).downloadToBuffer()).toString()).toBe('{"version":1');
    expect(await admin().backups(ID)).toEqual([
      { name: backup, at: expect.any(String), problem: expect.stringContaining('JSON') },
    ]);
    expect(await run()).toMatchObject({ outcome: 'caught-up' });
  });

  test('is not changed while a run holds its lease, and shows who wrote it', async () => {
    await run();
    const state = openStores(readAppSettings(env), clock);
    const held = await state.checkpoints.acquire(ID);
    expect(await admin().changeState(ID, 'anna', { what: 'state-reset' })).toBe('busy');
    expect((await admin().readState(ID))?.lease).toEqual({
      isHeld: true,
      lastWriter: expect.stringMatching(new RegExp(`/${process.pid}$`)),
    });
    if (held !== 'busy') await held.release();
    expect((await admin().readState(ID))?.lease.isHeld).toBe(false);
    expect(await names('backups/')).toEqual([]);
  });
});

describe('a pause', () => {
  test('stops the runs of its source, is recorded in an audit event and a health row, and ends', async () => {
    script.push([event('a')]);
    await admin().pause(ID, 'anna', 'audit');
    expect(await run()).toMatchObject({ outcome: 'paused', fetched: 0 });
    expect((await admin().pause(ID, 'ben')).by).toBe('anna');
    expect(await admin().resume(ID, 'ben')).toMatchObject({ by: 'anna' });
    expect(await admin().resume(ID, 'ben')).toBeUndefined();
    expect(await run()).toMatchObject({ outcome: 'caught-up', accepted: 1 });
    const health = await workspace.query(
      'SELECT "Act" AS what, "ActBy" AS by, "Outcome" AS outcome FROM "ConnectorHealth_CL" WHERE "Act" IS NOT NULL ORDER BY "TimeGenerated"',
    );
    expect(health).toEqual([
      { what: 'pause', by: 'anna', outcome: 'operator' },
      { what: 'resume', by: 'ben', outcome: 'operator' },
    ]);
  });
});

describe('the run history', () => {
  test('is one blob per source and day, however many runs there are, and idle runs add no line', async () => {
    for (let times = 0; times < 3; times++) await run();
    await admin().pause(ID, 'anna');
    await run();
    expect(await names('history/')).toHaveLength(1);
    expect(
      await openStores(readAppSettings(env), clock).history.read(ID, new Date(0), new Date()),
    ).toMatchObject([1, 2, 3].map(() => ({ outcome: 'caught-up' })));
  });

  test('is kept for as long as the setting says', async () => {
    const history = createRunHistory(storage, 3);
    const report = await run();
    const days = [10, 11, 12, 13, 14].map((days) =>
      new Date(Date.parse(report.startedAt) + days * 86_400_000).toISOString(),
    );
    for (const startedAt of days) await history.add({ ...report, startedAt });
    expect((await names('history/')).map((name) => name.slice(-16, -6))).toEqual(
      days.slice(1).map((day) => day.slice(0, 10)),
    );
  });

  test('and every health row contain the range that the run covers', async () => {
    script.push([event('a')]);
    const report = await run();
    const [row] = await workspace.query(
      'SELECT "CoveredFrom" AS "from", "CoveredTo" AS "to", "NewestEvent" AS newest FROM "ConnectorHealth_CL"',
    );
    const ms = (value: unknown): number => Date.parse(String(value).replace(' ', 'T').replace(/Z?$/, 'Z'));
    expect([ms(row?.['from']), ms(row?.['to'])]).toEqual([
      Date.parse(report.coveredFrom!),
      Date.parse(report.coveredTo!),
    ]);
    expect(ms(row?.['newest'])).toBe(Date.parse('2026-11-21T00:00:00.000Z'));
  });
});

describe('reconciling', () => {
  test('finds all accepted events in their table', async () => {
    script.push([event('a'), event('b')]);
    await run();
    expect(await admin().reconcile(ID, localReader)).toEqual({
      ...ID,
      table: SAMPLE_TABLE.name,
      accepted: 2,
      rows: 2,
      events: 2,
      verdict: 'stored',
      errors: [],
    });
  });

  test('counts late events in their own table', async () => {
    script.push([event('new', 0, { at: new Date().toISOString() }), event('old', 0, LONG_AGO)]);
    app = appWith({ ...env, ...LATE }, [acme()]);
    await run();
    expect([await stored(), await stored('SampleLate_CL')]).toEqual([['new'], ['old']]);
    expect(await admin().reconcile(ID, localReader)).toMatchObject({
      table: SAMPLE_TABLE.name,
      lateTable: 'SampleLate_CL',
      accepted: 2,
      rows: 2,
      events: 2,
      verdict: 'stored',
    });
  });

  test('counts an event in both tables once, and finds what was lost in the second', async () => {
    script.push([event('new', 0, { at: new Date().toISOString() }), event('old', 0, LONG_AGO)]);
    await run();
    app = appWith({ ...env, ...LATE }, [acme()]);
    await admin().changeState(ID, 'anna', { what: 'state-set', since: new Date('2026-01-01T00:00:00Z') });
    await run();
    expect(await admin().reconcile(ID, localReader)).toMatchObject({
      rows: 4,
      events: 2,
      verdict: 'repeated',
    });
    script.push([event('lost', 0, LONG_AGO)]);
    const match = { stream: 'Custom-SampleLate_CL' };
    await behave({ api: 'logs-ingestion', match, do: 'drop-after-accept', rows: 1 });
    await run();
    expect(await admin().reconcile(ID, localReader)).toMatchObject({
      verdict: 'short',
      errors: [{ count: 1, message: expect.stringMatching(/./) }],
    });
  });

  test('of events that were accepted twice, since their state was moved back, is complete; a loss after that is short', async () => {
    script.push([event('a'), event('b')]);
    await run();
    await admin().changeState(ID, 'anna', { what: 'state-set', since: new Date('2026-11-20T00:00:00Z') });
    await run();
    expect(await admin().reconcile(ID, localReader)).toMatchObject({
      accepted: 4,
      rows: 4,
      events: 2,
      verdict: 'repeated',
    });
    script.push([event('c', 1)]);
    await behave({ api: 'logs-ingestion', match: { stream }, do: 'drop-after-accept', rows: 1 });
    await run();
    expect(await admin().reconcile(ID, localReader)).toMatchObject({
      accepted: 5,
      rows: 4,
      verdict: 'short',
    });
  });

  test('finds what the service accepted and then lost, with its error', async () => {
    script.push([event('a'), event('b')]);
    await behave({ api: 'logs-ingestion', match: { stream }, do: 'drop-after-accept', rows: 1 });
    await run();
    expect(await admin().reconcile(ID, localReader)).toMatchObject({
      accepted: 2,
      events: 1,
      verdict: 'short',
      errors: [{ count: 1, message: expect.stringMatching(/./) }],
    });
  });
});
