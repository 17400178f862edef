import type { Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import type { SourceId } from '../../shared/contract/checkpoint';
import type { Connector } from '../../shared/contract/connector';
import { spoolLedger, type SpoolLedger } from '../../shared/contract/spool';
import type { AdminContext } from '../../shared/admin/admin-context';
import { redeliver } from '../../shared/admin/dead-letters/redeliver';
import { openStorage } from '../../shared/storage/storage';
import { string } from '../../shared/kit/column-makers';
import { secret } from '../../shared/kit/define-connector';
import { secretsOf } from '../../shared/values/secrets/secrets';
import { createPushService } from '../../shared/run/push-service';
import { createRequeue } from '../../shared/run/trigger-message';
import { resolvePullSource } from '../../shared/run/run-source';
import { openStores, type Stores } from '../../shared/run/stores';
import { resolveSource } from '../../shared/values/source-kind';
import { fakeClock, type FakeClock } from '../fakes/fake-clock';
import { silentLog } from '../fakes/silent-log';
import { appWith, keptLines, realStorage, realWorkspace, variablesFor, type TestStorage } from './harness';
import { openAdmin } from '../../shared/admin';
import { readAppSettings } from '../../shared/settings/app-settings';
import { dropDeadLetters } from '../../shared/admin/dead-letters/drop';

/* Dead letters of pushed records, replayed and dropped, on real storage with the local workspace. */

const ID = { connector: 'logs', instance: 'default', source: 'MyApp' };
const ALL = (): boolean => true;
const REFUSE = { api: 'logs-ingestion', match: { stream: 'Custom-MyApp_CL' }, do: 'status', status: 400 };
/** So recent that the workspace accepts it as TimeGenerated. */
const SEEN_AT = new Date(Date.now() - 3_600_000).toISOString();

let azurite: TestStorage;
let workspace: Workspace;
let env: Record<string, string>;
let app: App;
let state: Stores;
let clock: FakeClock;

beforeAll(async () => {
  azurite = realStorage();
});
beforeEach(async () => {
  clock = fakeClock(new Date().toISOString());
  workspace = await realWorkspace([], { makesTables: true });
  env = variablesFor(azurite, workspace);
  await openStorage(env).blobs.deleteIfExists();
  app = appWith(env, [], clock);
  state = openStores(readAppSettings(env), clock);
});
afterEach(() => workspace.close());

const admin = () => openAdmin(app, keptLines());
const deliver = (): Promise<void> => app.deliver(ID, keptLines());
async function put(text: string, records: number): Promise<void> {
  const facts = { timeField: 'seenAt', resourceId: '/subscriptions/one' };
  const bytes = Buffer.from(text);
  await state.spool.put(ID, { bytes, records, receivedAt: clock.now().toISOString(), key: 'siem', facts });
}
const push = (...names: readonly string[]): Promise<void> =>
  put(JSON.stringify(names.map((name) => ({ name, seenAt: SEEN_AT }))), names.length);
async function behave(...rules: object[]): Promise<void> {
  const answer = await fetch(`${workspace.url}/behave`, { method: 'POST', body: JSON.stringify(rules) });
  expect(answer.status).toBeLessThan(300);
}
/** One delivery creates the table; then five refuse the whole body. */
async function setAside(...names: readonly string[]): Promise<void> {
  await push('first');
  await deliver();
  await push(...names);
  await behave({ ...REFUSE, times: 1_000 });
  for (let times = 1; times <= 5; times++) {
    await deliver();
    clock.advance(60_000);
  }
  await behave();
  expect(await letters()).toMatchObject([{ cause: 'body-set-aside' }]);
  expect(await ledger()).toEqual(counts(1, names.length));
}
async function letters() {
  const found = [];
  for await (const letter of admin().deadLetters(ID, ALL)) found.push(letter);
  return found;
}
const counts = (delivered: number, dead: number, pending = 0): SpoolLedger => ({
  stored: delivered + dead + pending,
  delivered,
  dead,
  duplicate: 0,
  filtered: 0,
  pending,
});
const ledger = async (): Promise<SpoolLedger> => spoolLedger((await state.spool.view(ID)).ledger);
async function stored(): Promise<unknown[]> {
  const rows = await workspace.query('SELECT "name_s" AS name FROM "MyApp_CL" ORDER BY 1');
  return rows.map(({ name }) => name);
}
/** An admin's context, with parts of its state replaced. */
function toolsWith(parts: Partial<Stores>): AdminContext {
  const own = { ...state, ...parts };
  const { deliveryRoute } = createPushService(readAppSettings(env), clock, () => own, {
    connectors: [],
    broken: [],
    instancesOf: () => [],
    requeue: createRequeue(clock),
  });
  const find = (id: SourceId) => resolvePullSource(id, [], []);
  const kindOf = (id: SourceId) => resolveSource(id, [])?.kind;
  return { state: own, clock, log: silentLog(), secrets: secretsOf([]), find, kindOf, deliveryRoute };
}
/** A spool whose holder dies before it saves. */
const dying: Stores['spool'] = {
  ...({} as Stores['spool']),
  blobs: (id) => state.spool.blobs(id),
  async acquire(id) {
    const held = await state.spool.acquire(id);
    if (held === 'busy') return held;
    return { ...held, counters: held.counters, save: () => Promise.reject(new Error('killed')) };
  },
};

test('a quarantined body is replayed record by record, as its post was, and counted in one write', async () => {
  await setAside('a', 'b');
  expect(await admin().replay(ID, 'anna', ALL)).toEqual({
    accepted: 2,
    filtered: 0,
    remaining: 0,
    truncated: 0,
  });
  expect([await stored(), await letters()]).toEqual([['a', 'b', 'first'], []]);
  expect(await ledger()).toEqual(counts(3, 0));
  expect((await state.spool.view(ID)).counters).not.toHaveProperty('replayed');
  const rows = await workspace.query(
    `SELECT DISTINCT "TimeGenerated" AS at, "AzureResourceId" AS of FROM "MyApp_CL"`,
  );
  expect(rows).toEqual([{ at: SEEN_AT, of: '/subscriptions/one' }]);
  const { acts } = await admin().explain(ID, new Date(clock.now().getTime() - 60_000), clock.now());
  expect(acts).toMatchObject([{ what: 'replay', by: 'anna', before: { ledger: { dead: 2 } } }]);
});

test('a row that was refused alone is replayed, with the columns that it creates', async () => {
  await push('first');
  await deliver();
  await put(JSON.stringify([{ name: 'bad', fresh: 7 }, { name: 'good' }]), 2);
  await behave({ ...REFUSE, times: 2 });
  await deliver();
  expect(await letters()).toMatchObject([{ cause: 'refused', post: { key: 'siem' } }]);
  expect(await ledger()).toEqual(counts(2, 1));
  expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 1, remaining: 0 });
  expect([await stored(), await letters()]).toEqual([['bad', 'first', 'good'], []]);
  expect(await state.spool.view(ID)).toMatchObject({
    ledger: { fetched: 3, accepted: 3, deadLettered: 0, pending: 0 },
    counters: { columns: { fresh_d: 'real' }, keys: { siem: 3 } },
  });
});

test('records of a body that are still refused remain, and the others are delivered', async () => {
  await setAside('a', 'b', 'c', 'd');
  await behave({ ...REFUSE, times: 3 });
  expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 3, remaining: 1 });
  expect(await letters()).toMatchObject([
    { cause: 'record-set-aside', post: { facts: { timeField: 'seenAt' } } },
  ]);
  expect(await ledger()).toEqual(counts(4, 1));
  expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 1, remaining: 0 });
  expect([await stored(), await ledger()]).toEqual([['a', 'b', 'c', 'd', 'first'], counts(5, 0)]);
});

test('a body that still cannot be parsed remains whole', async () => {
  await put('[{"name":"never"}', 1);
  for (let times = 1; times <= 5; times++) {
    await deliver();
    clock.advance(60_000);
  }
  expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 0, remaining: 1 });
  expect(await letters()).toMatchObject([{ cause: 'body-set-aside', record: '[{"name":"never"}' }]);
  expect(await ledger()).toEqual(counts(0, 1));
});

test('a body that was damaged in storage remains whole, even if it looks like records', async () => {
  await push('a');
  for await (const { name } of state.spool.blobs(ID)) {
    const blob = openStorage(env).blobs.getBlockBlobClient(`spool/logs/default/MyApp/${name}`);
    await blob.upload('{"name":"b"}', 12, { metadata: { records: '1' } });
  }
  for (let times = 1; times <= 5; times++) {
    await deliver();
    clock.advance(60_000);
  }
  expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 0, remaining: 1 });
  const record = JSON.stringify(Buffer.from('{"name":"b"}').toString('base64'));
  expect(await letters()).toMatchObject([{ cause: 'damaged', record }]);
  expect(await ledger()).toEqual(counts(0, 1));
});

test.each([
  ['the table is missing', { status: 404 }, 'SettingError'],
  ['the identity is refused', { status: 403 }, 'SettingError'],
  ['the workspace is away', { status: 503 }, 'UnavailableError'],
])('where %s nothing is counted, and the error says so', async (_, answer, name) => {
  await setAside('a', 'b');
  await behave({ ...REFUSE, ...answer, times: 1_000 });
  await expect(admin().replay(ID, 'anna', ALL)).rejects.toMatchObject({ name });
  expect(await ledger()).toEqual(counts(1, 2));
  await behave();
  expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 2 });
  expect([await stored(), await ledger()]).toEqual([['a', 'b', 'first'], counts(3, 0)]);
});

test('a replay that was sent but not counted before a crash is sent again, and counted once', async () => {
  await setAside('a', 'b');
  await expect(redeliver(toolsWith({ spool: dying }), ID, 'anna', ALL)).rejects.toThrow('killed');
  expect([(await letters()).length, await ledger()]).toEqual([2, counts(1, 2)]);
  expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 2, remaining: 0 });
  expect([await stored(), await letters()]).toEqual([['a', 'a', 'b', 'b', 'first'], []]);
  expect(await ledger()).toEqual(counts(3, 0));
});

test('a replay that was counted but not removed before a crash is neither sent nor counted again', async () => {
  await setAside('a', 'b');
  const remove = (): Promise<void> => Promise.reject(new Error('killed'));
  const tools = toolsWith({ deadLetters: { ...state.deadLetters, remove } });
  await expect(redeliver(tools, ID, 'anna', ALL)).rejects.toThrow('killed');
  expect([(await letters()).length, await ledger()]).toEqual([2, counts(3, 0)]);
  await push('later');
  await deliver();
  expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 0, remaining: 0 });
  expect([await stored(), await letters()]).toEqual([['a', 'b', 'first', 'later'], []]);
  expect(await ledger()).toEqual(counts(4, 0));
});

test('after a kill while a body’s dead letter is split, either the body or its records are there', async () => {
  await setAside('a', 'b');
  const replace = (): Promise<void> => Promise.reject(new Error('killed'));
  const tools = toolsWith({ deadLetters: { ...state.deadLetters, replace } });
  await expect(redeliver(tools, ID, 'anna', ALL)).rejects.toThrow('killed');
  expect(await letters()).toMatchObject([{ cause: 'body-set-aside' }]);
  expect([await stored(), await ledger()]).toEqual([['first'], counts(1, 2)]);
});

test('a cut row that is in the table is never replayed', async () => {
  await push('x'.repeat(70_000));
  await deliver();
  expect(await letters()).toMatchObject([{ cause: 'truncated' }]);
  expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 0, truncated: 1 });
  expect([(await stored()).length, await ledger()]).toEqual([1, counts(1, 0)]);
});

test('dead letters of the first versions, without metadata of the post, are replayed', async () => {
  await setAside('a');
  const [{ post: _, ...old } = (await letters())[0]!] = await letters();
  for await (const page of state.deadLetters.list(ID))
    await state.deadLetters.replace(page, new Map([[old.id, [old]]]));
  expect((await letters())[0]).not.toHaveProperty('post');
  expect(await admin().replay(ID, 'anna', ALL)).toMatchObject({ accepted: 1 });
  expect([await stored(), await ledger()]).toEqual([['a', 'first'], counts(2, 0)]);
});

test('a dropped dead letter is removed, and the counters still count it', async () => {
  await setAside('a', 'b');
  expect(await dropDeadLetters(toolsWith({}), ID, 'anna', ALL)).toBe(1);
  expect([await letters(), await ledger()]).toEqual([[], counts(1, 2)]);
  const health = await workspace.query(
    `SELECT "Act" AS what, "ActBy" AS by FROM "ConnectorHealth_CL" WHERE "Act" IS NOT NULL`,
  );
  expect(health).toEqual([{ what: 'drop', by: 'anna' }]);
});

test('while a delivery holds the spool both are busy, and a message is enqueued for what was pushed meanwhile', async () => {
  await setAside('a');
  const held = await state.spool.acquire(ID);
  expect([await admin().replay(ID, 'anna', ALL), await admin().drop(ID, 'anna', ALL)]).toEqual([
    'busy',
    'busy',
  ]);
  if (held !== 'busy') await held.release();
  await push('meanwhile');
  const woken: unknown[] = [];
  const deliveries = { send: async (id: unknown) => void woken.push(id) };
  expect(await redeliver(toolsWith({ deliveries }), ID, 'anna', ALL)).toMatchObject({ accepted: 1 });
  expect([woken, await ledger()]).toEqual([[ID], counts(2, 0, 1)]);
});

describe('of a webhook source', () => {
  const HOOKS = { connector: 'acme', instance: 'default', source: 'hooks' };
  const acme: Connector = {
    name: 'acme',
    title: 'Acme',
    settings: {},
    sources: {
      hooks: {
        settings: { hookSecret: secret('The secret.') },
        receive: {
          verify: { kind: 'hmac', hash: 'sha1', secrets: ['hookSecret'], header: 'x-signature' },
          headers: ['x-event'],
        },
        table: {
          name: 'AcmeHooks_CL',
          time: 'at',
          eventId: 'id',
          columns: { Event: string('@headers.x-event'), What: string('what') },
        },
      },
    },
  };
  const refuse = { ...REFUSE, match: { stream: 'Custom-AcmeHooks_CL' } };
  const body = [{ id: 'b', what: 'one' }, { id: 'b', what: 'two' }, { what: 'nameless' }];

  beforeEach(async () => {
    await workspace.close();
    workspace = await realWorkspace([acme]);
    env = { ...variablesFor(azurite, workspace), ACME_HOOK_SECRET: 'secret' };
    app = appWith(env, [acme], clock);
  });

  async function post(): Promise<string> {
    const receivedAt = clock.now().toISOString();
    const bytes = Buffer.from(JSON.stringify(body));
    const facts = { headers: { 'x-event': 'made' } };
    await state.spool.put(HOOKS, { bytes, records: body.length, receivedAt, facts });
    return receivedAt;
  }
  const rows = () =>
    workspace.query('SELECT "EventId", "TimeGenerated", "Event", "What" FROM "AcmeHooks_CL" ORDER BY "What"');
  const hooksLedger = async () => spoolLedger((await state.spool.view(HOOKS)).ledger);
  async function setHooksAside(): Promise<string> {
    const receivedAt = await post();
    await behave({ ...refuse, times: 1_000 });
    for (let times = 1; times <= 5; times++) {
      await app.deliver(HOOKS, keptLines());
      clock.advance(60_000);
    }
    await behave();
    expect(await hooksLedger()).toMatchObject({ stored: 3, delivered: 0, dead: 3 });
    return receivedAt;
  }

  test('a body is replayed into the rows that its delivery would have created', async () => {
    const receivedAt = await setHooksAside();
    expect(await admin().replay(HOOKS, 'anna', ALL)).toMatchObject({ accepted: 3, remaining: 0 });
    const replayed = await rows();
    expect(replayed).toMatchObject([
      { EventId: expect.stringMatching(/^[0-9a-f]{64}$/), Event: 'made', What: 'nameless' },
      { EventId: 'b', Event: 'made', What: 'one', TimeGenerated: receivedAt },
      { EventId: 'b-1', Event: 'made', What: 'two' },
    ]);
    await post();
    await app.deliver(HOOKS, keptLines());
    const all = await rows();
    expect(new Set(all.map(({ EventId }) => EventId))).toEqual(
      new Set(replayed.map(({ EventId }) => EventId)),
    );
    expect([all.length, await hooksLedger()]).toMatchObject([6, { stored: 6, delivered: 6, dead: 0 }]);
  });

  test('a row that was refused alone keeps its event id and its headers', async () => {
    await post();
    await behave({ ...refuse, times: 3 });
    await app.deliver(HOOKS, keptLines());
    await behave();
    expect(await admin().replay(HOOKS, 'anna', ALL)).toMatchObject({ accepted: 1 });
    const all = await rows();
    expect(all).toMatchObject([{}, { EventId: 'b', Event: 'made' }, { EventId: 'b-1', Event: 'made' }]);
    expect(await hooksLedger()).toMatchObject({ stored: 3, delivered: 3, dead: 0 });
  });

  test('what a current setting drops is filtered, and the stored count does not change', async () => {
    await setHooksAside();
    app = appWith({ ...env, ACME_HOOKS_DROP: "$[?@.what == 'two']" }, [acme], clock);
    expect(await admin().replay(HOOKS, 'anna', ALL)).toMatchObject({ accepted: 2, filtered: 1 });
    expect(await hooksLedger()).toMatchObject({ stored: 3, delivered: 2, filtered: 1, dead: 0, pending: 0 });
  });
});
