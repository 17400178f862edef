import { createHmac } from 'node:crypto';
import type { Workspace } from '../../local/workspace/workspace';
import type { Connector } from '../../shared/contract/connector';
import { openStorage } from '../../shared/storage/storage';
import { createStreams } from '../../shared/storage/state/stream-columns';
import { string } from '../../shared/kit/column-makers';
import { secret, text, url } from '../../shared/kit/define-connector';
import { scriptedSource } from '../fakes/scripted-source';
import { appWith, keptLines, realStorage, realWorkspace, variablesFor, type TestStorage } from './harness';
import type { PushAnswer, PushRequest } from '../../shared/contract/push';

/* A connector that pulls and receives posts, through the app's own endpoints, with real storage and the local workspace. */

const ACME: Connector = {
  name: 'acme',
  title: 'Acme',
  settings: { url: url('The address.'), token: secret('The token.') },
  sources: {
    alerts: scriptedSource([]),
    hooks: {
      settings: {
        hookSecret: secret('The secret.'),
        previousHookSecret: secret('The one before.', { optional: true }),
      },
      receive: {
        verify: {
          kind: 'hmac',
          hash: 'sha1',
          secrets: ['hookSecret', 'previousHookSecret'],
          header: 'x-signature',
        },
        headers: ['x-event'],
      },
      table: {
        name: 'AcmeHooks_CL',
        time: 'at',
        eventId: 'id',
        columns: { Event: string('@headers.x-event'), What: string('what') },
      },
    },
    pings: {
      settings: { note: text('Any note turns it on.') },
      receive: { verify: { kind: 'function-key' } },
      table: { name: 'AcmePings_CL', time: '@received', columns: { Text: string('text') } },
    },
  },
};
const ID = { connector: 'acme', instance: 'default', source: 'hooks' };
const SECRETS = {
  ACME_HOOK_SECRET: 'secret-1',
  ACME_PREVIOUS_HOOK_SECRET: 'secret-0',
  ACME__EU__HOOK_SECRET: 'eu-1',
};
let storage: TestStorage;
let workspace: Workspace;

beforeAll(async () => {
  storage = realStorage();
});
beforeEach(async () => {
  workspace = await realWorkspace([ACME]);
  await openStorage({ AzureWebJobsStorage: storage.connectionString }).blobs.deleteIfExists();
});
afterEach(() => workspace.close());

const appOf = (more: Readonly<Record<string, string>> = SECRETS) =>
  appWith({ ...variablesFor(storage, workspace), ...more }, [ACME]);

function request(
  body: string,
  signedWith = 'secret-1',
  headers: Readonly<Record<string, string>> = {},
): PushRequest {
  const signature = createHmac('sha1', signedWith).update(body).digest('hex');
  const all: Record<string, string> = { 'x-signature': signature, 'x-event': 'made', ...headers };
  return {
    method: 'POST',
    query: new URLSearchParams(),
    header: (name) => all[name],
    body: Buffer.from(body),
  };
}

function post(
  app: ReturnType<typeof appOf>,
  ask: PushRequest,
  source = 'hooks',
  lines = keptLines(),
): Promise<PushAnswer> {
  const webhook = app.webhooks.find((one) => one.source === source);
  return app.acceptWebhook(
    webhook ?? { connector: 'acme', source, route: '', level: 'anonymous' },
    ask,
    lines,
  );
}

const stored = (table = 'AcmeHooks_CL') => workspace.query(`SELECT * FROM "${table}" ORDER BY "EventId"`);

test('an object, an array and lines become rows of the source’s own table, with their ids and times', async () => {
  const app = appOf();
  const at = new Date(Date.now() - 60_000).toISOString();
  const answers = [
    await post(app, request(JSON.stringify({ id: 'a', at, what: 'one' }))),
    await post(app, request(JSON.stringify([{ id: 'b', at }, { id: 'b', at }, 17]))),
    await post(app, request(`{"id":"c","at":"${at}","more":1}\n{"at":"${at}"}\n`)),
    await post(app, request('[]')),
  ];
  expect(answers).toEqual(answers.map(() => ({ status: 200 })));
  await app.deliver(ID, keptLines());
  const rows = await stored();
  expect(rows).toHaveLength(5);
  expect(rows.filter(({ EventId }) => (EventId as string).length < 5)).toMatchObject([
    { EventId: 'a', TimeGenerated: at, EventTime: at, Event: 'made', What: 'one', Instance: 'default' },
    { EventId: 'b', Event: 'made' },
    { EventId: 'b-1', Event: 'made' },
    { EventId: 'c', Event: 'made' },
  ]);
  expect(await app.spool()).toMatchObject([
    { ...ID, table: 'AcmeHooks_CL', ledger: { stored: 6, delivered: 5, dead: 1, pending: 0 } },
  ]);
});

test('a column that the stream does not accept yet arrives in AdditionalFields, and the run names it', async () => {
  const columns = ['TimeGenerated', 'EventTime', 'EventId', 'IsLate', 'Instance', 'AdditionalFields', 'What'];
  const since = '2026-01-01T00:00:00.000Z';
  await createStreams(openStorage({ AzureWebJobsStorage: storage.connectionString })).write('AcmeHooks_CL', {
    version: 1,
    columns: Object.fromEntries(columns.map((name) => [name, since])),
  });
  const app = appOf();
  await post(app, request('{"id":"a","what":"one","more":2}'));
  const lines = keptLines();
  await app.deliver(ID, lines);
  expect(await stored()).toMatchObject([
    { EventId: 'a', What: 'one', Event: null, AdditionalFields: { Event: 'made', more: 2 } },
  ]);
  expect(lines.all.filter((line) => line.includes('"leftColumns":["Event"]'))).toHaveLength(1);
});

test('the secret decides which instance a post belongs to, and its use is counted', async () => {
  const app = appOf();
  await post(app, request('{"id":"new"}'));
  await post(app, request('{"id":"old"}', 'secret-0'));
  await post(app, request('{"id":"eu"}', 'eu-1'));
  expect(await post(app, request('{"id":"none"}', 'eu-0'))).toEqual({ status: 401 });
  for (const instance of ['default', 'eu']) await app.deliver({ ...ID, instance }, keptLines());
  const rows = await stored();
  expect(rows.map(({ EventId, Instance }) => [EventId, Instance])).toEqual([
    ['eu', 'eu'],
    ['new', 'default'],
    ['old', 'default'],
  ]);
  const keys = (await app.spool()).map(({ instance, keys: counted }) => [instance, counted]);
  expect(keys).toEqual([
    ['default', { hookSecret: 1, previousHookSecret: 1 }],
    ['eu', { hookSecret: 1 }],
  ]);
});

test('records that the operator filters out are counted as filtered', async () => {
  const app = appOf({ ...SECRETS, ACME_HOOKS_DROP: "$[?@['@headers']['x-event'] == 'noise']" });
  await post(app, request('[{"id":"a"},{"id":"b"}]', 'secret-1', { 'x-event': 'noise' }));
  await post(app, request('{"id":"c"}'));
  const lines = keptLines();
  await app.deliver(ID, lines);
  expect((await stored()).map(({ EventId }) => EventId)).toEqual(['c']);
  const ledger = { stored: 3, delivered: 1, filtered: 2, dead: 0, duplicate: 0, pending: 0 };
  expect((await app.spool())[0]?.ledger).toEqual(ledger);
  expect(lines.all.join('\n')).toContain('"filtered":2');
});

test('an accepted post is delivered even if its secret is gone by then', async () => {
  await post(appOf(), request('{"id":"a"}'));
  const without = appOf({});
  expect(without.webhooks).toEqual([]);
  await without.deliver(ID, keptLines());
  expect(await stored()).toHaveLength(1);
});

test('a secret that Key Vault does not resolve answers 503, so that the vendor keeps the post, and pulled sources continue', async () => {
  const app = appOf({
    ACME_URL: 'https://acme.example.com',
    ACME_TOKEN: 'token-1',
    ACME_HOOK_SECRET: '@Microsoft.KeyVault(SecretUri=https://vault.example.com/secrets/hook)',
  });
  const lines = keptLines();
  const answer = await post(app, request('{"id":"a","what":"a-secret-matter"}'), 'hooks', lines);
  expect([answer.status, answer.headers?.['retry-after']]).toEqual([503, '30']);
  expect(lines.all.join('\n')).toContain('ACME_HOOK_SECRET is a Key Vault reference');
  expect(lines.all.join('\n')).not.toContain('a-secret-matter');
  expect(app.sources()).toEqual([{ ...ID, source: 'alerts' }]);
});

test('during a rotation nothing is refused: without the new secret every post is asked to retry', async () => {
  const { ACME_HOOK_SECRET: _, ...between } = SECRETS;
  const app = appOf(between);
  expect(app.webhooks).toHaveLength(1);
  const answers = [
    await post(app, request('{"id":"old"}', 'secret-0')),
    await post(app, request('{"id":"new"}', 'secret-2')),
    await post(app, request('{"id":"eu"}', 'eu-1')),
  ];
  expect(answers.map(({ headers, status }) => [status, headers?.['retry-after']])).toEqual([
    [503, '30'],
    [503, '30'],
    [200, undefined],
  ]);
  const after = appOf({ ...between, ACME_HOOK_SECRET: 'secret-2' });
  expect(await post(after, request('{"id":"new"}', 'secret-2'))).toEqual({ status: 200 });
  expect(await post(after, request('{"id":"none"}', 'secret-1'))).toEqual({ status: 401 });
});

test('a signed post that cannot be parsed becomes a counted dead letter with its bytes at once', async () => {
  const app = appOf();
  expect(await post(app, request('{"id":"half'))).toEqual({ status: 200 });
  expect(await post(app, request('packed', 'secret-1', { 'content-encoding': 'br' }))).toEqual({
    status: 200,
  });
  expect(await post(app, request('{"id":"c"}'))).toEqual({ status: 200 });
  const lines = keptLines();
  await app.deliver(ID, lines);
  expect((await stored()).map(({ EventId }) => EventId)).toEqual(['c']);
  const ledger = { stored: 3, delivered: 1, filtered: 0, dead: 2, duplicate: 0, pending: 0 };
  expect((await app.spool())[0]?.ledger).toEqual(ledger);
  const reasons = lines.all.filter((line) => line.includes('a pushed body becomes a dead letter'));
  expect(reasons.map((line) => (JSON.parse(line) as { reason: string }).reason)).toEqual([
    'reading the post: it is not JSON',
    'reading the post: its Content-Encoding is not supported',
  ]);
});

test('a wrong setting of a pulled source does not affect posts', async () => {
  const app = appOf({ ...SECRETS, ACME_URL: 'no address' });
  expect(app.sources()).toEqual([]);
  expect(await post(app, request('{"id":"a"}'))).toEqual({ status: 200 });
  const [connector] = await app.status();
  expect(
    connector?.instances[0]?.sources.map(({ address, isOn, source }) => [source, isOn, address]),
  ).toEqual([
    ['alerts', false, undefined],
    ['hooks', true, '/api/push/acme/hooks'],
    ['pings', false, '/api/push/acme/pings'],
  ]);
});

test('where Azure Functions checks the function key, every post is accepted', async () => {
  const app = appOf({ ACME_NOTE: 'on' });
  expect(app.webhooks).toEqual([
    { connector: 'acme', source: 'pings', route: 'push/acme/pings', level: 'function' },
  ]);
  expect(await post(app, request('{"text":"hello"}', 'nobody'), 'pings')).toEqual({ status: 200 });
  await app.deliver({ ...ID, source: 'pings' }, keptLines());
  expect(await stored('AcmePings_CL')).toMatchObject([{ Text: 'hello' }]);
});

test('run and replay of a pushed source answer that there is no vendor to ask', async () => {
  const app = appOf();
  await expect(app.pullSource(ID, keptLines())).rejects.toThrow('its records are pushed');
});
