import { createHmac } from 'node:crypto';
import { folders } from '../../connectors/list';
import type { PushKey, PushRequest } from '../../shared/contract/push';
import { classicTable, compileClassic } from '../../shared/push/data-collector/rows';
import {
  acceptDataCollector,
  type DataCollectorDependencies,
} from '../../shared/push/data-collector/endpoint';
import { createRefusedPosts } from '../../shared/push/refused-posts';
import { LOGS_INGESTION_FORM } from '../../shared/sink/logs-ingestion';
import { createPushService } from '../../shared/run/push-service';
import { createRequeue } from '../../shared/run/trigger-message';
import { runToEnd } from '../../shared/values/cooperative';
import { signBody } from '../../shared/push/data-collector/body-signature';
import { fakeClock } from '../fakes/fake-clock';
import { memorySpool, type MemorySpool } from '../fakes/memory-spool';
import { silentLog } from '../fakes/silent-log';
import { UNSIGNED_OF_LOGS } from '../fakes/unsigned-changes';
import { loadConnectors } from '../../shared/load';
import { tablesOf } from '../../shared/admin';
import { readAppSettings } from '../../shared/settings/app-settings';

/* The parts that the Data Collector API does not sign: the body, Log-Type, time-generated-field and the resource. */

const WORKSPACE = 'contoso';
const KEY = Buffer.from('a key');
const AT = '2026-11-20T08:00:00Z';
const BODY = '[{"user":"ada"}]';
const tables = tablesOf(loadConnectors(folders()).connectors);
const owned = new Set(tables.map(({ name }) => name.replace(/_CL$/, '').toLowerCase()));
let spool: MemorySpool;

beforeEach(() => {
  spool = memorySpool();
});

const doorOf = (key: Partial<PushKey> = {}): DataCollectorDependencies => ({
  spool: () => spool,
  clock: fakeClock(AT),
  log: silentLog(),
  refused: createRefusedPosts(fakeClock(AT)),
  keysOf: () => [{ name: 'siem', key: KEY, ...key }],
  isOpen: true,
  problemOf: () => undefined,
  reserved: new Set(),
  owned,
  notLoaded: [],
  isLogTypeAllowed: () => Promise.resolve(true),
});

/** A post as its client signs it; `changed` has a proxy's changes. */
function post(
  changed: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
  { isBodySigned = false, logType = 'MyApp' } = {},
): PushRequest {
  const date = new Date(AT).toUTCString();
  const signed = `POST\n${BODY.length}\napplication/json\nx-ms-date:${date}\n/api/logs`;
  const own: Record<string, string> = {
    'content-type': 'application/json',
    'log-type': logType,
    'x-ms-date': date,
    authorization: `SharedKey ${WORKSPACE}:${createHmac('sha256', KEY).update(signed).digest('base64')}`,
  };
  if (isBodySigned)
    own['x-body-signature'] = signBody(KEY, { body: Buffer.from(BODY), header: (name) => own[name] });
  const headers = { ...own, ...changed.headers };
  return {
    method: 'POST',
    query: new URLSearchParams('api-version=2016-04-01'),
    header: (name) => headers[name],
    body: Buffer.from(changed.body ?? BODY),
  };
}

const sources = async (): Promise<string[]> => {
  const found: string[] = [];
  for await (const { source } of spool.list()) found.push(source);
  return found;
};

test('the protocol signs length, type, date and path; unsigned parts are accepted as they are', async () => {
  expect(
    await acceptDataCollector(
      post({ headers: UNSIGNED_OF_LOGS, body: BODY.replace('ada', 'eve') }),
      doorOf(),
    ),
  ).toEqual({
    status: 200,
  });
  expect(await sources()).toEqual(['Another']);
});

test.each<[string, Parameters<typeof post>[0]]>([
  ['a byte of the body', { body: BODY.replace('ada', 'adb') }],
  ...Object.entries(UNSIGNED_OF_LOGS).map(([name, value]): [string, Parameters<typeof post>[0]] => [
    name,
    { headers: { [name]: value } },
  ]),
  ['the signature', { headers: { 'x-body-signature': 'x' } }],
])('a post with a signed body is refused once %s is changed, with any key', async (_, changed) => {
  expect(await acceptDataCollector(post({}, { isBodySigned: true }), doorOf())).toEqual({ status: 200 });
  for (const key of [{}, { bodySignature: 'required' as const }])
    expect(await acceptDataCollector(post(changed, { isBodySigned: true }), doorOf(key))).toMatchObject({
      status: 403,
    });
  expect(spool.text({ connector: 'logs', instance: 'default', source: 'MyApp' })).toBe(BODY);
  expect(await sources()).toEqual(['MyApp']);
});

test('a key with bodySignature: required refuses a post without a signed body', async () => {
  const door = doorOf({ bodySignature: 'required' });
  expect(await acceptDataCollector(post(), door)).toMatchObject({ status: 403 });
  expect(await acceptDataCollector(post({}, { isBodySigned: true }), door)).toEqual({ status: 200 });
});

test('the signature is the documented one', () => {
  const header = (name: string) => ({ 'x-ms-date': 'D', 'log-type': 'MyApp' })[name];
  // printf 'D\nMyApp\n\n\n%s' "$(printf abc | sha256sum | cut -c1-64)" | openssl dgst -sha256 -hmac 'a key' -binary | base64
  expect(signBody(KEY, { body: Buffer.from('abc'), header })).toBe(
    'Mj0Sotha6AKTPN7UJVcgxbP1gvJSk3c3Mo9eQG/JEuE=',
  );
});

test('a key without logTypes cannot write to a connector’s table, in any case; one that names the table can', async () => {
  expect(owned.size).toBeGreaterThan(8);
  for (const name of owned)
    expect(await acceptDataCollector(post({}, { logType: name }), doorOf())).toMatchObject({ status: 403 });
  expect(await sources()).toEqual([]);
  const [logType = ''] = owned;
  expect(await acceptDataCollector(post({}, { logType }), doorOf({ logTypes: [logType] }))).toEqual({
    status: 200,
  });
});

test.each([
  ['acme', 'AcmeAlerts'],
  ['acme', 'ACMEchanges'],
  ['acme-cloud', 'AcmeAudit'],
  ['Acme_cloud', 'acme'],
])(
  'while connector %s does not load, %s may be its table, and the sender is asked to retry',
  async (folder, logType) => {
    const notLoaded = ['other', folder];
    const log = silentLog();
    const door = (key: Partial<PushKey> = {}): DataCollectorDependencies => ({
      ...doorOf(key),
      log,
      notLoaded,
    });
    expect(await acceptDataCollector(post({}, { logType }), door())).toMatchObject({
      status: 503,
      headers: { 'retry-after': '30' },
    });
    expect(await sources()).toEqual([]);
    expect(JSON.stringify(log.lines)).toContain(`the connector ${folder} did not load`);
    expect(await acceptDataCollector(post({}, { logType: 'MyAcme' }), door())).toEqual({ status: 200 });
    expect(await acceptDataCollector(post({}, { logType }), door({ logTypes: [logType] }))).toEqual({
      status: 200,
    });
    expect(await sources()).toEqual(['MyAcme', logType]);
  },
);

test('the endpoint of an app knows which folders did not load', async () => {
  const env = { PUSH_KEYS: JSON.stringify({ [WORKSPACE]: [KEY.toString('base64')] }) };
  const failing = {
    name: 'acme',
    load: (): never => {
      throw new Error('it does not load');
    },
  };
  const clock = fakeClock(AT);
  const opened = (): never => {
    throw new Error('storage is not asked');
  };
  const pushing = createPushService(readAppSettings(env), clock, opened, {
    ...loadConnectors([failing]),
    instancesOf: () => [],
    requeue: createRequeue(clock),
  });
  const log = silentLog();
  const answer = await pushing.acceptDataCollector(post({}, { logType: 'AcmeAlerts' }), log);
  expect(answer).toMatchObject({ status: 503 });
  expect(JSON.stringify(log.lines)).toContain('the connector acme did not load');
});

test.each(['', '-', '..'])('a folder named %j blocks no Log-Type', async (folder) => {
  expect(await acceptDataCollector(post(), { ...doorOf(), notLoaded: [folder] })).toEqual({ status: 200 });
});

test('the first word of its folder begins every table name of a connector, so a broken one can be recognized', () => {
  for (const { name, sources: all } of loadConnectors(folders()).connectors)
    for (const { table } of Object.values(all))
      expect(table.name.toLowerCase().startsWith(name.split('-')[0] ?? name)).toBe(true);
});

test('pushed rows have no EventId, so that they copy no existing row', () => {
  const { format } = compileClassic(classicTable('Acme'), {}, LOGS_INGESTION_FORM);
  const bytes = Buffer.from('{"EventId":"a","Instance":"default","_TimeReceived":"2020-01-01T00:00:00Z"}');
  const { rows } = runToEnd(format({ bytes, records: 1, receivedAt: AT }));
  const [row = {}] = rows.map(({ text }) => JSON.parse(text) as object);
  expect(Object.keys(row).sort()).toEqual(['EventId_s', 'Instance_s', 'TimeGenerated', '_TimeReceived_t']);
});

test('a body with a byte that is not UTF-8 is refused, and nothing of it is stored', async () => {
  const body = Buffer.from(BODY);
  body[BODY.indexOf('ada')] = 0xff;
  expect(await acceptDataCollector({ ...post(), body }, doorOf())).toMatchObject({ status: 400 });
  expect(await sources()).toEqual([]);
});

test('two equal posts are both kept, because they may be two events', async () => {
  for (let times = 0; times < 2; times++) await acceptDataCollector(post(), doorOf());
  expect(spool.text({ connector: 'logs', instance: 'default', source: 'MyApp' })).toBe(BODY + BODY);
});
