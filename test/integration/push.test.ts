import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOCAL_WORKSPACE } from '../../local/start/app-environment';
import type { Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import type { Clock } from '../../shared/contract/run';
import { clock as realClock } from '../../shared/process/clock';
import { openStorage } from '../../shared/storage/storage';
import { openStores } from '../../shared/run/stores';
import { appWith, keptLines, realStorage, realWorkspace, variablesFor, type TestStorage } from './harness';
import type { PushAnswer } from '../../shared/contract/push';
import { DELIVER_QUEUE } from '../../shared/admin';
import { readAppSettings } from '../../shared/settings/app-settings';

/* Posts to /api/logs through the app's own endpoint, with real storage and the local workspace. */

const { workspaceId } = LOCAL_WORKSPACE;
const KEY = Buffer.from('the first key').toString('base64');
const OTHER = Buffer.from('the second key').toString('base64');
const ID = { connector: 'logs', instance: 'default', source: 'MyApp' };
/** When {@link OTHER} expires, and a clock of the next day. */
const EXPIRES = new Date(Date.now() + 86_400_000);
const later: Clock = { ...realClock, now: () => new Date(EXPIRES.getTime() + 86_400_000) };
let storage: TestStorage;
let workspace: Workspace;
let env: Record<string, string>;
let app: App;

beforeAll(async () => {
  storage = realStorage();
});
beforeEach(async () => {
  workspace = await realWorkspace([], { makesTables: true });
  const { blobs, queue } = openStorage({ AzureWebJobsStorage: storage.connectionString });
  await Promise.all([blobs.deleteIfExists(), queue(DELIVER_QUEUE).deleteIfExists()]);
  const keys = [
    { name: 'siem', key: KEY },
    { key: OTHER, logTypes: ['Only'], expires: EXPIRES.toISOString() },
  ];
  env = { ...variablesFor(storage, workspace), PUSH_KEYS: JSON.stringify({ [workspaceId]: keys }) };
  app = appWith(env, []);
});
afterEach(() => workspace.close());

interface Change {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly key?: string;
  readonly query?: string;
  readonly date?: Date;
  readonly signedType?: string;
}

/** Posts as a client of the Data Collector API does; `change` alters the request. */
function post(body: unknown, change: Change = {}, to: App = app, lines = keptLines()): Promise<PushAnswer> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const date = (change.date ?? new Date()).toUTCString();
  const type = change.headers?.['content-type'] ?? 'application/json';
  const signed = `POST\n${bytes.length}\n${change.signedType ?? type}\nx-ms-date:${date}\n/api/logs`;
  const key = Buffer.from(change.key ?? KEY, 'base64');
  const headers: Record<string, string | undefined> = {
    'content-type': type,
    'log-type': 'MyApp',
    'x-ms-date': date,
    authorization: `SharedKey ${workspaceId}:${createHmac('sha256', key).update(signed).digest('base64')}`,
    ...change.headers,
  };
  const request = {
    method: 'POST',
    query: new URLSearchParams(change.query ?? 'api-version=2016-04-01'),
    header: (name: string) => headers[name],
    body: bytes,
  };
  return to.acceptDataCollector(request, lines);
}

const code = (answer: PushAnswer): unknown => JSON.parse(answer.body ?? '{}')['Error'];
const stored = (table = 'MyApp_CL') => workspace.query(`SELECT * FROM "${table}"`);

test('a post is durable before its 200, and gets the columns that the old API created', async () => {
  const when = new Date(Date.now() - 60_000).toISOString();
  const record = {
    user: 'ada',
    count: 3,
    isOk: true,
    when,
    id: '0b9b1a6ee1ab4f2a9a4bb3a2a2a6c1d0',
    client: { ip: '192.0.2.1' },
    tags: ['a', 'b'],
    Computer: 'host-1',
    nothing: null,
  };
  const headers = { 'time-generated-field': 'when', 'x-ms-azureresourceid': '/subscriptions/1/x' };
  expect(await post([record], { headers })).toEqual({ status: 200 });
  expect(await app.spool()).toMatchObject([
    { ...ID, table: 'MyApp_CL', ledger: { stored: 1, delivered: 0, dead: 0, duplicate: 0, pending: 1 } },
  ]);
  await app.deliver(ID, keptLines());
  expect(await stored()).toMatchObject([
    {
      TimeGenerated: when,
      user_s: 'ada',
      count_d: 3,
      isOk_b: true,
      when_t: when,
      id_g: '0b9b1a6e-e1ab-4f2a-9a4b-b3a2a2a6c1d0',
      client_ip_s: '192.0.2.1',
      tags_s: '["a","b"]',
      Computer: 'host-1',
      AzureResourceId: '/subscriptions/1/x',
    },
  ]);
  const [spool] = await app.spool();
  expect(spool).toMatchObject({ ledger: { stored: 1, delivered: 1, pending: 0 }, keys: { siem: 1 } });
});

test('a later value goes to the column of its property that accepts its type', async () => {
  await post([{ number: 1, flag: true }]);
  await app.deliver(ID, keptLines());
  await post({ number: '42', flag: 'TRUE' });
  await app.deliver(ID, keptLines());
  await post([{ number: 'many' }]);
  await app.deliver(ID, keptLines());
  const rows = await workspace.query('SELECT number_d, flag_b, number_s FROM "MyApp_CL" ORDER BY number_d');
  expect(rows).toEqual([
    { number_d: 1, flag_b: true, number_s: null },
    { number_d: 42, flag_b: true, number_s: null },
    { number_d: null, flag_b: null, number_s: 'many' },
  ]);
});

test.each<[what: string, expected: [number, string | undefined], change: Change]>([
  ['no api-version', [400, 'MissingApiVersion'], { query: '' }],
  ['another api-version', [400, 'InvalidApiVersion'], { query: 'api-version=2020-01-01' }],
  ['no content type', [400, 'MissingContentType'], { headers: { 'content-type': '' } }],
  ['another content type', [400, 'UnsupportedContentType'], { headers: { 'content-type': 'text/plain' } }],
  ['no Log-Type', [400, 'MissingLogType'], { headers: { 'log-type': undefined } }],
  ['a hyphen in it', [400, 'InvalidLogType'], { headers: { 'log-type': 'My-App' } }],
  ['101 characters of it', [400, 'InvalidLogType'], { headers: { 'log-type': 'a'.repeat(101) } }],
  ['the health table', [400, 'InvalidLogType'], { headers: { 'log-type': 'connectorhealth' } }],
  ['no Authorization', [403, 'InvalidAuthorization'], { headers: { authorization: undefined } }],
  ['another scheme', [403, 'InvalidAuthorization'], { headers: { authorization: 'Bearer x' } }],
  ['another workspace', [400, 'InvalidCustomerId'], { headers: { authorization: 'SharedKey abc:x' } }],
  ['another key', [403, 'InvalidAuthorization'], { key: 'bm90IGl0' }],
  [
    'a charset that was not signed',
    [403, 'InvalidAuthorization'],
    { headers: { 'content-type': 'application/json; charset=utf-8' }, signedType: 'application/json' },
  ],
  ['a date 16 minutes ago', [403, 'InvalidAuthorization'], { date: new Date(Date.now() - 16 * 60_000) }],
  ['a date 16 minutes ahead', [403, 'InvalidAuthorization'], { date: new Date(Date.now() + 16 * 60_000) }],
  ['a key for other Log-Types', [403, 'InvalidAuthorization'], { key: OTHER }],
])('%s is refused with %p, and nothing is stored', async (_, [status, error], change) => {
  const answer = await post([{ a: 1 }], change);
  expect([answer.status, code(answer)]).toEqual([status, error]);
  expect(await app.spool()).toEqual([]);
});

test.each<[what: string, body: unknown]>([
  ['invalid JSON', Buffer.from('{')],
  ['nothing', Buffer.alloc(0)],
  ['text', 'text'],
  ['an array of numbers', [1]],
  ['a name with a space', [{ 'a b': 1 }]],
  ['a name of more than 64 KB', [{ ['n'.repeat(70_000)]: 1 }]],
  ['brackets without end', Buffer.from('['.repeat(200_000))],
])('%s is 400 InvalidDataFormat', async (_, body) => {
  const answer = await post(body);
  expect([answer.status, answer.body]).toEqual([400, '{"Error":"InvalidDataFormat","Message":null}']);
});

test('more than 30 MB is 404 without a body, and 29 MB is accepted and arrives', async () => {
  expect(await post(Buffer.alloc(30 * 1024 * 1024 + 1, ' '))).toEqual({ status: 404 });
  const text = 'x'.repeat(29_000);
  expect(await post(Array.from({ length: 1_000 }, (_, n) => ({ n, text })))).toEqual({ status: 200 });
  await app.deliver(ID, keptLines());
  expect(await workspace.query('SELECT count(DISTINCT n_d) AS n FROM "MyApp_CL"')).toEqual([{ n: 1_000 }]);
});

test.each<[why: string, change: Change]>([
  ['its x-ms-date is more than 15 minutes from now', { date: new Date(Date.now() - 16 * 60_000) }],
  ['its key may not write this Log-Type', { key: OTHER }],
  ['its Log-Type is a table of the framework', { headers: { 'log-type': 'ConnectorHealth' } }],
])('a signed post that is refused is logged: %s', async (why, change) => {
  const lines = keptLines();
  expect((await post([{ a: 'secret-of-a-body' }], change, app, lines)).status).toBeGreaterThanOrEqual(400);
  const told = JSON.stringify(lines.all);
  expect(told).toContain(why);
  expect(told).not.toContain('secret-of-a-body');
  expect(told).toContain(change.key === undefined ? 'siem' : 'key-2');
});

test('an expired key, and a body without records, are logged', async () => {
  const lines = keptLines();
  const expired = { key: OTHER, date: later.now(), headers: { 'log-type': 'Only' } };
  await post([{ a: 1 }], expired, appWith(env, [], later), lines);
  expect(JSON.stringify(lines.all)).toContain('its key has expired');
  await post('secret-of-a-body', {}, app, lines);
  expect(JSON.stringify(lines.all)).toContain('its body is not JSON records');
  expect(JSON.stringify(lines.all)).not.toContain('secret-of-a-body');
});

test('posts with an unknown signature leave one log line a minute, with their number', async () => {
  let at = Date.now();
  const clocked = appWith(env, [], { ...realClock, now: () => new Date(at) });
  const lines = keptLines();
  for (let posts = 0; posts < 50; posts++) await post([{ a: 'b' }], { key: 'bm90IGl0' }, clocked, lines);
  at += 60_000;
  await post([{ a: 1 }], {}, clocked, lines);
  const told = lines.all.map((line) => JSON.parse(line) as { msg: string; posts: number });
  expect(told.map(({ msg, posts }) => [msg, posts])).toEqual([
    ['a post is refused: InvalidAuthorization', 1],
    ['a post is refused: InvalidAuthorization', 49],
  ]);
});

test('a second key is accepted too, for its Log-Types, until it expires', async () => {
  const only = { key: OTHER, headers: { 'log-type': 'Only' } };
  expect(await post([{ a: 1 }], only)).toMatchObject({ status: 200 });
  const then = { ...only, date: later.now() };
  expect(await post([{ a: 1 }], then, appWith(env, [], later))).toMatchObject({ status: 403 });
  expect(await app.spool()).toMatchObject([{ source: 'Only', ledger: { stored: 1 } }]);
});

test('unreadable PUSH_KEYS: the sender is asked to retry, it is logged, and no key is in the log', async () => {
  const broken = appWith({ ...env, PUSH_KEYS: `{"${workspaceId}":[{"key":"not Base64 !"}` }, []);
  expect(broken.pushProblems).toEqual([expect.stringContaining('PUSH_KEYS is not a JSON object')]);
  const answer = await post([{ a: 1 }], {}, broken);
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '30' } });
  expect(code(answer)).toBe('ServiceUnavailable');
});

test('without PUSH_KEYS a post is forbidden with the API’s message, and the log says what the operator must set', async () => {
  for (const none of [{}, { PUSH_KEYS: ' ' }, { PUSH_KEYS: '{}' }]) {
    const { PUSH_KEYS: _, ...others } = env;
    const lines = keptLines();
    const answer = await post([{ a: 1 }], {}, appWith({ ...others, ...none }, []), lines);
    expect([answer.status, JSON.parse(answer.body ?? '')]).toEqual([
      403,
      {
        Error: 'InvalidAuthorization',
        Message: expect.stringMatching(/^No key is set here.*PUSH_KEYS/) as string,
      },
    ]);
    expect(lines.all).toEqual([expect.stringContaining('PUSH_KEYS is not set')]);
  }
});

test('an unreadable key makes posts to its workspace retry; posts with other keys or workspaces are answered as usual', async () => {
  const keys = [KEY, '@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/new)'];
  const half = appWith({ ...env, PUSH_KEYS: JSON.stringify({ [workspaceId]: keys, other: 'no list' }) }, []);
  expect(await post([{ a: 1 }], {}, half)).toEqual({ status: 200 });
  const answer = await post([{ a: 1 }], { key: OTHER }, half);
  expect([answer.status, code(answer), answer.headers?.['retry-after']]).toEqual([
    503,
    'ServiceUnavailable',
    '30',
  ]);
  const other = { headers: { authorization: 'SharedKey Other:x' } };
  expect(await post([{ a: 1 }], other, half)).toMatchObject({ status: 503 });
  const third = { headers: { authorization: 'SharedKey third:x' } };
  expect(code(await post([{ a: 1 }], third, half))).toBe('InvalidCustomerId');
  const unsigned = { headers: { authorization: undefined } };
  expect(code(await post([{ a: 1 }], unsigned, half))).toBe('InvalidAuthorization');
  expect(await app.spool()).toMatchObject([{ ledger: { stored: 1 } }]);
});

test('with storage down the answer is 503 with Retry-After, and the client keeps its data', async () => {
  const nowhere = storage.connectionString.replace(/(127\.0\.0\.1):\d+/g, '$1:9');
  const answer = await post([{ a: 1 }], {}, appWith({ ...env, AzureWebJobsStorage: nowhere }, []));
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '30' } });
});

test('a spool at SPOOL_MAX_GB answers 503 with Retry-After and drops nothing; it accepts again once it is delivered', async () => {
  const small = appWith({ ...env, SPOOL_MAX_GB: '0.000001' }, []);
  const record = { text: 'x'.repeat(700) };
  expect(await post([record], {}, small)).toEqual({ status: 200 });
  const answer = await post([record], {}, small);
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '60' } });
  expect(code(answer)).toBe('ServiceUnavailable');
  await small.deliver(ID, keptLines());
  expect(await post([record], {}, appWith({ ...env, SPOOL_MAX_GB: '0.000001' }, []))).toEqual({
    status: 200,
  });
  expect(await app.spool()).toMatchObject([{ ledger: { stored: 2, delivered: 1, pending: 1 } }]);
});

test('at 500 Log-Types a new one is refused with what to do, known ones continue, and freed room is noticed', async () => {
  const { blobs } = openStorage({ AzureWebJobsStorage: storage.connectionString });
  const totalsOf = (name: string) => blobs.getBlockBlobClient(`spool-totals/logs/default/${name}.json`);
  const to = (logType: string, now?: App, lines = keptLines()) =>
    post([{ a: 'secret-of-a-body' }], { headers: { 'log-type': logType } }, now, lines);
  expect(await to('MyApp')).toEqual({ status: 200 });
  await Promise.all(Array.from({ length: 498 }, (_, n) => totalsOf(`Old${n}`).upload('{}', 2)));
  await blobs.getBlockBlobClient('spool-totals/acme/default/hooks.json').upload('{}', 2);
  const [full, lines] = [appWith(env, []), keptLines()];
  expect(await to('Last', full)).toEqual({ status: 200 });
  const answer = await to('Another', full, lines);
  expect([answer.status, code(answer)]).toEqual([400, 'InvalidLogType']);
  expect(JSON.parse(answer.body ?? '')['Message']).toMatch(/^500 log types are in use.* Post to one of them/);
  expect(lines.all.join()).toMatch(/there are 500 Log-Types, and its own is new.*"Another".*siem/);
  expect(lines.all.join()).not.toContain('secret-of-a-body');
  for (const there of ['MyApp', 'Old497', 'Last']) expect(await to(there, full)).toEqual({ status: 200 });
  await totalsOf('Old0').delete();
  expect(await to('Another', appWith(env, []))).toEqual({ status: 200 });
});

test('with the queue down a post is stored all the same, and sweep finds it', async () => {
  const half = storage.connectionString.replace(/(QueueEndpoint=http:\/\/127\.0\.0\.1):\d+/, '$1:9');
  const without = appWith({ ...env, AzureWebJobsStorage: half }, []);
  expect(await post([{ a: 1 }], {}, without)).toEqual({ status: 200 });
  expect(await app.sweep(keptLines())).toEqual([ID]);
  await app.deliver(ID, keptLines());
  expect(await stored()).toHaveLength(1);
  expect(await app.sweep(keptLines())).toEqual([]);
});

test('a delivery that meets a held lease comes back hidden, and blocked bodies are triggered without it', async () => {
  await post([{ a: 1 }]);
  const state = openStores(readAppSettings(env), realClock);
  const queue = openStorage(env).queue(DELIVER_QUEUE);
  await queue.clearMessages();
  const held = await state.spool.acquire(ID);
  for (let n = 0; n < 3; n++) await app.deliver(ID, keptLines());
  expect((await queue.getProperties()).approximateMessagesCount).toBe(1);
  expect((await queue.receiveMessages()).receivedMessageItems).toEqual([]);
  if (held !== 'busy') await held.release();
  expect(await app.triggerDeliveries()).toEqual([ID]);
  expect((await queue.receiveMessages()).receivedMessageItems).toHaveLength(1);
  await app.deliver(ID, keptLines());
  expect(await app.triggerDeliveries()).toEqual([]);
});

test('without a table in the workspace a body is pending, uses no attempt, and says so', async () => {
  await workspace.close();
  workspace = await realWorkspace([]);
  app = appWith({ ...env, LOGS_INGESTION_ENDPOINT: workspace.url }, []);
  await post([{ a: 1 }]);
  const lines = keptLines();
  await app.deliver(ID, lines);
  expect(lines.all.join('\n')).toContain('no rule dcr-00000000000000000000000000000001 with a stream');
  expect(await app.spool()).toMatchObject([
    { ledger: { stored: 1, pending: 1 }, waiting: { reason: 'table-missing' }, columns: { a_d: 'real' } },
  ]);
});

test('a delivery that waits for an operator fails the invocation of sweep; a successful one does not', async () => {
  await post([{ a: 1 }]);
  await expect(app.sweepOnTimer(keptLines())).resolves.toBeUndefined();
  await workspace.close();
  workspace = await realWorkspace([]);
  app = appWith({ ...env, LOGS_INGESTION_ENDPOINT: workspace.url }, []);
  await app.deliver(ID, keptLines());
  await expect(app.sweepOnTimer(keptLines())).rejects.toMatchObject({
    name: 'FailedRunsError',
    message: expect.stringMatching(/^sweeping: logs\/MyApp is not delivered since \d.*no rule dcr-0/),
  });
});

test('a delivery to an unavailable workspace ends within seconds, and a message for its next attempt exists', async () => {
  let offsetMs = 0;
  const clock: Clock = {
    ...realClock,
    now: () => new Date(realClock.now().getTime() + offsetMs),
    sleep: (ms) => Promise.resolve(void (offsetMs += ms)),
  };
  const answering = createServer((_, response) => {
    response.writeHead(503, { 'retry-after': '60' }).end();
  }).listen(0, '127.0.0.1');
  await once(answering, 'listening');
  const { port } = answering.address() as AddressInfo;
  const away = appWith({ ...env, LOGS_INGESTION_ENDPOINT: `http://127.0.0.1:${port}` }, [], clock);
  await post([{ a: 1 }], {}, away);
  await away.deliver(ID, keptLines());
  answering.close();
  expect(offsetMs).toBeLessThanOrEqual(20_000);
  const [spool] = await away.spool();
  expect(spool).toMatchObject({ ledger: { pending: 1 }, waiting: { reason: 'unavailable' } });
  expect(Date.parse(spool!.waiting!.retryAt) - Date.parse(spool!.waiting!.since)).toBe(60_000);
});

test('an unavailable workspace fails the invocation of sweep after an hour', async () => {
  await workspace.close();
  const begun = realClock.now().getTime();
  const at = (ms: number): App => {
    const clock: Clock = { ...realClock, now: () => new Date(begun + ms), sleep: () => Promise.resolve() };
    return appWith(env, [], clock);
  };
  await post([{ a: 1 }]);
  await at(0).deliver(ID, keptLines());
  await at(3_599_000).deliver(ID, keptLines());
  await expect(at(3_599_000).sweepOnTimer(keptLines())).resolves.toBeUndefined();
  await expect(at(3_600_000).sweepOnTimer(keptLines())).rejects.toMatchObject({ name: 'FailedRunsError' });
});

test('unreadable PUSH_KEYS fail the invocation of sweep', async () => {
  const wrong = appWith({ ...env, PUSH_KEYS: 'no JSON' }, []);
  await expect(wrong.sweepOnTimer(keptLines())).rejects.toMatchObject({
    name: 'FailedRunsError',
    message: expect.stringContaining('PUSH_KEYS'),
  });
});

test('the Data Collector sink sends the properties, and the service creates the columns again', async () => {
  app = appWith({ ...env, SINK: 'data-collector' }, []);
  await post([{ user: 'ada', count: 3, nested: { ok: true } }]);
  await app.deliver(ID, keptLines());
  expect(await stored()).toMatchObject([
    { user_s: 'ada', count_d: 3, nested_ok_b: true, SourceSystem: 'RestAPI' },
  ]);
});

test('with the Data Collector sink a member EventTime is data: the time is that of the post', async () => {
  app = appWith({ ...env, SINK: 'data-collector' }, []);
  const [when, own] = [60_000, 3_600_000].map((ago) => new Date(Date.now() - ago).toISOString());
  const headers = { 'time-generated-field': 'when' };
  await post([{ n: 1, when, EventTime: own }], { headers });
  await post([{ n: 2, when, EventTime: 'soon' }], { headers });
  await app.deliver(ID, keptLines());
  const rows = await workspace.query(
    'SELECT n_d, "TimeGenerated", "EventTime_t", "EventTime_s" FROM "MyApp_CL" ORDER BY n_d',
  );
  expect(rows).toEqual([
    { n_d: 1, TimeGenerated: when, EventTime_t: own, EventTime_s: null },
    { n_d: 2, TimeGenerated: when, EventTime_t: null, EventTime_s: 'soon' },
  ]);
});

/** Members with the names of a table's own columns, as clients post them. */
const RESERVED_MEMBERS = {
  TenantId: '0b9b1a6e-e1ab-4f2a-9a4b-b3a2a2a6c1d0',
  SourceSystem: 'agent',
  Type: 'MyApp',
  _ResourceId: '/subscriptions/2',
  EventId: 4624,
  EventTime: 'soon',
  id: 'x-1',
  Title: 'Door',
  tenant: 'acme',
  RawData: 'raw',
};

test.each(['logs-ingestion', 'data-collector'])(
  'a post with members named like columns of the service is kept whole, through %s',
  async (sink) => {
    app = appWith({ ...env, SINK: sink }, []);
    const [when, other] = [60_000, 120_000].map((ago) => new Date(Date.now() - ago).toISOString());
    await post([{ n: 1, TimeGenerated: when, ...RESERVED_MEMBERS }]);
    await post([{ n: 2, TimeGenerated: when }], { headers: { 'time-generated-field': 'TimeGenerated' } });
    await post([{ n: 3, TimeGenerated: other, when }], { headers: { 'time-generated-field': 'when' } });
    await post([
      { n: 4, TimeGenerated: 'yesterday' },
      { n: 5, TimeGenerated: 17 },
    ]);
    await app.deliver(ID, keptLines());
    const rows = await workspace.query('SELECT * FROM "MyApp_CL" ORDER BY n_d');
    const left = (row: number): unknown => {
      const { AdditionalFields: whole = null, AdditionalFields_s: text = null } = rows[row] ?? {};
      return whole ?? JSON.parse((text as string | null) ?? '{}');
    };
    expect(rows.slice(0, 3).map((row) => row['TimeGenerated'])).toEqual([when, when, when]);
    expect(rows[0]).toMatchObject({
      TenantId_g: RESERVED_MEMBERS.TenantId,
      SourceSystem_s: 'agent',
      Type_s: 'MyApp',
      EventId_d: 4624,
      EventTime_s: 'soon',
      id_s: 'x-1',
      Title_s: 'Door',
    });
    expect(left(0)).toMatchObject({ tenant: 'acme', RawData: 'raw' });
    expect(JSON.stringify(rows[0])).toContain('/subscriptions/2');
    expect([left(1), left(2), left(3), left(4)]).toEqual([
      {},
      { TimeGenerated: other },
      { TimeGenerated: 'yesterday' },
      { TimeGenerated: 17 },
    ]);
    expect(await app.spool()).toMatchObject([{ ledger: { stored: 5, delivered: 5, dead: 0, pending: 0 } }]);
  },
);

test('with the Data Collector sink no member replaces another', async () => {
  app = appWith({ ...env, SINK: 'data-collector' }, []);
  const sent = {
    a: { b: 'text' },
    a_b: 1,
    AdditionalFields: 'x',
    TributaryTime: 'mine',
    AzureResourceId: 'own',
  };
  await post([sent], { headers: { 'x-ms-azureresourceid': '/subscriptions/1' } });
  await app.deliver(ID, keptLines());
  const [row] = await workspace.query('SELECT * FROM "MyApp_CL"');
  expect(row).toMatchObject({ a_b_s: 'text', AzureResourceId_s: '/subscriptions/1' });
  expect(JSON.parse(row?.['AdditionalFields_s'] as string)).toEqual({
    a_b_d: 1,
    AdditionalFields_s: 'x',
    TributaryTime_s: 'mine',
    AzureResourceId_s: 'own',
  });
});

test('a delivery leaves a health row with the spool’s ledger, and one log line without a record', async () => {
  await post([{ user: 'a-person' }, { user: 'another-person' }]);
  const lines = keptLines();
  await app.deliver(ID, lines);
  expect(await workspace.query('SELECT * FROM "ConnectorHealth_CL"')).toMatchObject([
    {
      Connector: 'logs',
      Source: 'MyApp',
      Accepted: 2,
      SpoolStored: 2,
      SpoolDelivered: 2,
      SpoolDead: 0,
      SpoolPending: 0,
    },
  ]);
  expect(lines.all).toHaveLength(1);
  expect(lines.all.join()).not.toContain('person');
});
