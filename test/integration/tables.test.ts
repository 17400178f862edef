import { createHmac } from 'node:crypto';
import acme from '../fixtures/connectors/acme';
import { LOCAL_TOKEN, LOCAL_WORKSPACE } from '../../local/start/app-environment';
import { startWorkspace, type Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import type { Connector } from '../../shared/contract/connector';
import type { Column, Columns, ColumnType } from '../../shared/contract/table';
import type { Clock } from '../../shared/contract/run';
import { clock as realClock } from '../../shared/process/clock';
import { openStorage } from '../../shared/storage/storage';
import { openStores } from '../../shared/run/stores';
import { startArm, WORKSPACE, type Arm } from '../fakes/resource-manager';
import { event, SAMPLE_TABLE, scriptedSource, type Step } from '../fakes/scripted-source';
import { appWith, keptLines, realStorage, realWorkspace, variablesFor, type TestStorage } from './harness';
import type { PushAnswer } from '../../shared/contract/push';
import { openTables } from '../../shared/admin';
import { readAppSettings } from '../../shared/settings/app-settings';

/* Tables and rules created in Azure Resource Manager for pushed records that could not be delivered yet. */

const { workspaceId, workspaceKey } = LOCAL_WORKSPACE;
const ID = { connector: 'logs', instance: 'default', source: 'MyApp' };
const PULLED = { connector: 'acme', instance: 'default', source: 'alerts' };
const ALL = { names: [], migrates: [] };
const MINE = { names: ['MyApp_CL'], migrates: [] };
let storage: TestStorage;
let arm: Arm;
let workspace: Workspace | undefined;
let env: Record<string, string>;

beforeAll(async () => {
  storage = realStorage();
});
beforeEach(async () => {
  await openStorage({ AzureWebJobsStorage: storage.connectionString }).blobs.deleteIfExists();
  arm = await startArm();
  workspace = await realWorkspace([]);
  env = {
    ...variablesFor(storage, workspace),
    ...arm.env,
    DCR_IMMUTABLE_ID: '',
    LOGS_INGESTION_ENDPOINT: '',
    PUSH_KEYS: JSON.stringify({ [workspaceId]: [workspaceKey] }),
  };
});
afterEach(async () => {
  await workspace?.close();
  await arm.close();
});

function post(app: App, body: unknown, logType = 'MyApp'): Promise<PushAnswer> {
  const bytes = Buffer.from(JSON.stringify(body));
  const date = new Date().toUTCString();
  const signed = `POST\n${bytes.length}\napplication/json\nx-ms-date:${date}\n/api/logs`;
  const signature = createHmac('sha256', Buffer.from(workspaceKey, 'base64')).update(signed).digest('base64');
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'log-type': logType,
    'x-ms-date': date,
    authorization: `SharedKey ${workspaceId}:${signature}`,
  };
  const query = new URLSearchParams('api-version=2016-04-01');
  return app.acceptDataCollector(
    { method: 'POST', query, header: (name) => headers[name], body: bytes },
    keptLines(),
  );
}

/** An app's clock, the given number of minutes later. */
const later = (minutes: number): Clock => ({
  ...realClock,
  now: () => new Date(Date.now() + minutes * 60_000),
});

/** The local workspace with exactly the streams of the rules; it drops undeclared columns. */
async function workspaceOf(rules: Arm['rules'], port?: number): Promise<Workspace> {
  await workspace?.close();
  const all = [...rules.values()];
  const tables = all.flatMap(({ properties: { dataFlows, streamDeclarations } }) =>
    dataFlows.map(({ outputStream, streams: [stream = ''] }) => ({
      name: outputStream.replace(/^Custom-/, ''),
      stream,
      columns: (streamDeclarations[stream]?.columns ?? []) as { name: string; type: ColumnType }[],
    })),
  );
  workspace = await startWorkspace({
    databaseFile: ':memory:',
    tables: tables.map((table) => ({
      ...table,
      columns: table.columns.filter(({ name }) => name !== 'TimeGenerated'),
    })),
    dcrImmutableId: 'dcr-0',
    rules: Object.fromEntries(
      all.map(({ properties }) => [properties.immutableId ?? '', Object.keys(properties.streamDeclarations)]),
    ),
    token: LOCAL_TOKEN,
    workspaceId,
    workspaceKeys: [workspaceKey],
    ...(port === undefined ? {} : { port }),
  });
  return workspace;
}

const settingsOf = (applied: {
  settings: readonly { name: string; value: string }[];
}): Record<string, string> => Object.fromEntries(applied.settings.map(({ name, value }) => [name, value]));

test('bodies that wait for their table are delivered by the next sweep after tables --apply created it', async () => {
  const { port } = new URL(workspace?.url ?? '');
  const before = { ...env, LOGS_INGESTION_ENDPOINT: workspace?.url ?? '', DCR_IMMUTABLE_ID: 'dcr-nowhere' };
  const app = appWith(before, []);
  await post(app, [{ user: 'ada', count: 3, '@timestamp': '2026-11-21T00:00:00Z' }]);
  await app.deliver(ID, keptLines());
  expect(await app.spool()).toMatchObject([{ ledger: { pending: 1 }, waiting: { reason: 'table-missing' } }]);

  arm.endpoint = workspace?.url ?? '';
  const tables = openTables(appWith(env, []), keptLines());
  const plan = await tables.plan(ALL);
  expect(arm.changes()).toEqual([]);
  const steps: string[] = [];
  const applied = await tables.apply(plan, 'anna', (doing) => steps.push(doing));
  expect(steps).toEqual([
    'creating table MyApp_CL',
    'creating table ConnectorHealth_CL',
    'writing data collection rule tributary',
  ]);
  expect(arm.changes()).toEqual(['PUT MyApp_CL', 'PUT ConnectorHealth_CL', 'PUT tributary']);
  expect(arm.tables.get('MyApp_CL')?.columns.map(({ name }) => name)).toEqual([
    'TimeGenerated',
    'AdditionalFields',
    'TruncatedFields',
    'user_s',
    'count_d',
  ]);
  await workspaceOf(arm.rules, Number(port));

  const next = appWith({ ...env, ...settingsOf(applied) }, [], later(5));
  expect(await next.sweep(keptLines())).toEqual([ID]);
  await next.deliver(ID, keptLines());
  expect(await next.spool()).toMatchObject([{ ledger: { stored: 1, delivered: 1, pending: 0 } }]);
  expect(await workspace?.query('SELECT user_s, count_d, "AdditionalFields" FROM "MyApp_CL"')).toEqual([
    { user_s: 'ada', count_d: 3, AdditionalFields: { _timestamp_t: '2026-11-21T00:00:00.000Z' } },
  ]);
});

test('a member that appears after the stream was created is kept in AdditionalFields, then in its own column', async () => {
  const app = appWith(env, []);
  arm.endpoint = workspace?.url ?? '';
  const { port } = new URL(arm.endpoint);
  await post(app, [{ user: 'ada' }]);
  const format = { ...env, LOGS_INGESTION_ENDPOINT: arm.endpoint, DCR_IMMUTABLE_ID: 'dcr-nowhere' };
  await appWith(format, []).deliver(ID, keptLines());
  const first = openTables(appWith(env, []), keptLines());
  const applied = settingsOf(await first.apply(await first.plan(MINE), 'anna', () => undefined));
  await workspaceOf(arm.rules, Number(port));
  const now = { ...env, ...applied };
  await appWith(now, [], later(5)).deliver(ID, keptLines());

  await post(app, [{ user: 'ben', risk: 7, note: 'new' }]);
  await appWith(now, [], later(6)).deliver(ID, keptLines());
  const rows = 'SELECT user_s, "AdditionalFields" AS more FROM "MyApp_CL" ORDER BY 1';
  expect(await workspace?.query(rows)).toEqual([
    { user_s: 'ada', more: null },
    { user_s: 'ben', more: { note_s: 'new', risk_d: 7 } },
  ]);

  const second = openTables(appWith(now, []), keptLines());
  const plan = await second.plan(MINE);
  expect(plan.tables).toMatchObject([{ state: 'extended', added: [{ name: 'risk_d' }, { name: 'note_s' }] }]);
  await second.apply(plan, 'anna', () => undefined);
  expect(arm.changes().slice(-2)).toEqual(['PATCH MyApp_CL', 'PUT tributary']);
  await workspaceOf(arm.rules, Number(port));
  await post(app, [{ user: 'cem', risk: 8 }]);
  await appWith(now, [], later(10)).deliver(ID, keptLines());
  await post(app, [{ user: 'dia', risk: 9 }]);
  await appWith(now, [], later(40)).deliver(ID, keptLines());
  expect(
    await workspace?.query('SELECT user_s, risk_d, "AdditionalFields" AS more FROM "MyApp_CL" ORDER BY 1'),
  ).toEqual([
    { user_s: 'cem', risk_d: null, more: { risk_d: 8 } },
    { user_s: 'dia', risk_d: 9, more: null },
  ]);
});

test('a new column of a connector is kept in AdditionalFields until its stream accepts it, in both tables', async () => {
  const script: Step[] = [];
  const acme = (columns: Columns): Connector => ({
    name: 'acme',
    title: 'Acme',
    settings: { url: { kind: 'url', help: 'The address.' } },
    sources: { alerts: scriptedSource(script, { table: { ...SAMPLE_TABLE, columns } }) },
  });
  const { columns } = SAMPLE_TABLE;
  const settings = { ...env, ACME_URL: 'https://acme.test', ACME_ALERTS_LATE_TABLE: 'SampleLate_CL' };
  arm.endpoint = workspace?.url ?? '';
  const { port } = new URL(arm.endpoint);
  const first = openTables(appWith(settings, [acme({ Name: columns['Name'] as Column })]), keptLines());
  const applied = settingsOf(await first.apply(await first.plan(ALL), 'anna', () => undefined));
  await workspaceOf(arm.rules, Number(port));
  const now = { ...settings, ...applied };
  const run = async (minutes: number, id: string, at: string) => {
    script.push([event(id, 0, { at, severity: 3, more: 'x' })]);
    const lines = keptLines();
    const report = await appWith(now, [acme(columns)], later(minutes)).pullSource(PULLED, lines);
    expect(report).toMatchObject({ outcome: 'caught-up', accepted: 1 });
    const told = lines.all.filter((line) => line.includes('leftColumns'));
    return { left: report.leftColumns, told: told.length };
  };
  const recent = new Date().toISOString();
  expect(await run(5, 'a', recent)).toEqual({ left: ['Severity'], told: 1 });
  expect(await run(6, 'b', '2026-01-01T00:00:00.000Z')).toEqual({ left: ['Severity'], told: 1 });
  const rows = (table: string) => `SELECT "Name", "AdditionalFields" AS more FROM "${table}"`;
  expect(await workspace?.query(rows('Sample_CL'))).toEqual([
    { Name: 'event a', more: { Severity: 3, more: 'x' } },
  ]);
  expect(await workspace?.query(rows('SampleLate_CL'))).toEqual([
    { Name: 'event b', more: { Severity: 3, more: 'x' } },
  ]);

  const second = openTables(appWith(now, [acme(columns)]), keptLines());
  await second.apply(await second.plan(ALL), 'anna', () => undefined);
  await workspaceOf(arm.rules, Number(port));
  expect(await run(10, 'c', recent)).toEqual({ left: ['Severity'], told: 1 });
  expect(await run(41, 'd', recent)).toEqual({ left: undefined, told: 0 });
  expect(
    await workspace?.query(
      'SELECT "Name", "Severity", "AdditionalFields" AS more FROM "Sample_CL" ORDER BY 1',
    ),
  ).toEqual([
    { Name: 'event c', Severity: null, more: { Severity: 3, more: 'x' } },
    { Name: 'event d', Severity: 3, more: { more: 'x' } },
  ]);
});

test('nothing is sent to a workspace in Azure until the columns of its stream are known', async () => {
  const app = appWith(
    { ...env, LOGS_INGESTION_ENDPOINT: 'https://rule.example', DCR_IMMUTABLE_ID: 'dcr-1' },
    [],
  );
  await post(app, [{ user: 'ada' }]);
  const lines = keptLines();
  await app.deliver(ID, lines);
  expect(lines.all.join('\n')).toContain('npx tributary tables --apply MyApp_CL');
  expect(await app.spool()).toMatchObject([
    { ledger: { pending: 1 }, waiting: { reason: 'table-missing' }, columns: { user_s: 'string' } },
  ]);
});

test('the columns of waiting bodies are known even before anything is configured', async () => {
  const app = appWith(env, []);
  await post(app, [{ user: 'ada', count: 3 }]);
  await app.deliver(ID, keptLines());
  expect(await app.spool()).toMatchObject([
    {
      ledger: { pending: 1 },
      waiting: { reason: 'setting', message: expect.stringContaining('LOGS_INGESTION_ENDPOINT is not set') },
      columns: { user_s: 'string', count_d: 'real' },
    },
  ]);
});

test('every change leaves an audit event with who, what, before and after; without a change there is none', async () => {
  arm.rules.set('tributary', {
    location: 'westeurope',
    kind: 'Direct',
    properties: {
      immutableId: 'dcr-9',
      streamDeclarations: {},
      destinations: { logAnalytics: [{ name: 'workspace', workspaceResourceId: WORKSPACE }] },
      dataFlows: [],
    },
  });
  const health = { names: ['ConnectorHealth_CL'], migrates: [] };
  const tables = openTables(appWith(env, []), keptLines());
  await tables.apply(await tables.plan(health), 'anna', () => undefined);
  const { auditLog } = openStores(readAppSettings(env), realClock);
  const on = (source: string) =>
    auditLog.read(
      { connector: 'tables', instance: 'default', source },
      new Date(0),
      new Date(Date.now() + 60_000),
    );
  const columns = arm.tables.get('ConnectorHealth_CL')?.columns.map(({ name }) => name) ?? [];
  expect(await on('ConnectorHealth_CL')).toMatchObject([
    { by: 'anna', what: 'tables-apply', before: null, after: { columns } },
  ]);
  expect(await on('tributary')).toMatchObject([
    { what: 'tables-apply', before: {}, after: { 'Custom-ConnectorHealth_CL': columns } },
  ]);

  arm.tables.get('ConnectorHealth_CL')?.columns.pop();
  const again = openTables(appWith(env, []), keptLines());
  const wider = await again.plan(health);
  await again.apply(wider, 'ben', () => undefined);
  await again.apply(await again.plan(health), 'anna', () => undefined);
  const [, extended, ...others] = await on('ConnectorHealth_CL');
  expect(extended).toMatchObject({
    by: 'ben',
    before: { columns: columns.slice(0, -1) },
    after: { columns },
  });
  expect([others, (await on('tributary')).length]).toEqual([[], 1]);
});

test('declaring a stream as deployed leaves an audit event where it was not known', async () => {
  const tables = openTables(appWith({ ...env, WORKSPACE_NAME: '' }, []), keptLines());
  const plan = await tables.plan(ALL);
  for (let times = 0; times < 2; times++)
    expect(await tables.remember(plan, 'anna')).toEqual(['ConnectorHealth_CL']);
  const id = { connector: 'tables', instance: 'default', source: 'ConnectorHealth_CL' };
  const acts = await openStores(readAppSettings(env), realClock).auditLog.read(
    id,
    new Date(0),
    new Date(Date.now() + 60_000),
  );
  expect(acts).toMatchObject([
    {
      by: 'anna',
      what: 'tables-deployed',
      before: null,
      after: { columns: expect.arrayContaining(['RunId']) },
    },
  ]);
});

test('a second apply changes nothing, and prints the settings again', async () => {
  const tables = openTables(appWith(env, [acme]), keptLines());
  const first = await tables.apply(await tables.plan(ALL), 'anna', () => undefined);
  const changes = arm.changes().length;
  const plan = await tables.plan(ALL);
  expect(plan.tables.map(({ state }) => state)).toEqual(['unchanged', 'unchanged']);
  expect(await tables.apply(plan, 'anna', () => undefined)).toEqual(first);
  expect(arm.changes()).toHaveLength(changes);
  expect(first.ruleIds).toEqual([expect.stringMatching(/dataCollectionRules\/tributary$/)]);
});

test('a classic table is left alone until its migration is requested by name', async () => {
  arm.tables.set('MyApp_CL', {
    subType: 'Classic',
    columns: [
      { name: 'user_s', type: 'string' },
      { name: 'id_g', type: 'guid' },
    ],
    standardColumns: [{ name: 'TimeGenerated', type: 'dateTime' }],
  });
  const app = appWith({ ...env, LOGS_INGESTION_ENDPOINT: workspace?.url ?? '', DCR_IMMUTABLE_ID: 'x' }, []);
  await post(app, [{ user: 'ada', id: '5cdad72f-c848-4df0-8aaa-ffe033e75d57' }]);
  await app.deliver(ID, keptLines());
  const tables = openTables(appWith(env, []), keptLines());
  const plan = await tables.plan(MINE);
  expect(plan).toMatchObject({ tables: [{ state: 'classic' }], rules: [] });
  await tables.apply(plan, 'anna', () => undefined);
  expect(arm.changes()).toEqual([]);

  const asked = await tables.plan({ names: [], migrates: ['MyApp_CL'] });
  await tables.apply(asked, 'anna', () => undefined);
  expect(asked.tables).toMatchObject([{ state: 'extended', migrates: true }]);
  expect(arm.changes()).toEqual(['POST MyApp_CL/migrate', 'PATCH MyApp_CL', 'PUT tributary']);
  expect(arm.rules.get('tributary')?.properties.dataFlows).toMatchObject([
    { transformKql: 'source | extend id_g = toguid(id_g)' },
  ]);
});

test('more than ten tables are spread over rules, each in DCR_STREAMS unless it is in the common rule', async () => {
  const app = appWith({ ...env, LOGS_INGESTION_ENDPOINT: 'https://rule.example', DCR_IMMUTABLE_ID: 'x' }, []);
  const types = Array.from({ length: 11 }, (_, n) => `Type${String.fromCharCode(65 + n)}`);
  for (const type of types) await post(app, [{ a: 1 }], type);
  for (const source of types) await app.deliver({ ...ID, source }, keptLines());
  const tables = openTables(appWith(env, []), keptLines());
  const applied = await tables.apply(await tables.plan(ALL), 'anna', () => undefined);
  expect([...arm.rules.values()].map(({ properties }) => properties.dataFlows.length)).toEqual([10, 2]);
  const streams = JSON.parse(settingsOf(applied)['DCR_STREAMS'] ?? '{}') as object;
  expect(Object.keys(streams)).toHaveLength(2);
  expect(streams).toMatchObject({ ConnectorHealth_CL: { dcr: 'dcr-00000000000000000000000000000002' } });
});

test('a refusal halfway is reported, and the next attempt continues from there', async () => {
  const tables = openTables(appWith(env, []), keptLines());
  arm.before = ({ method, url }) =>
    method === 'PUT' && url.includes('dataCollectionRules')
      ? { status: 403, body: { error: { code: 'AuthorizationFailed' } } }
      : undefined;
  await expect(tables.apply(await tables.plan(ALL), 'anna', () => undefined)).rejects.toThrow(
    'Check the role Monitoring Contributor on the resource group',
  );
  arm.before = () => undefined;
  await tables.apply(await tables.plan(ALL), 'anna', () => undefined);
  expect(arm.changes()).toEqual(['PUT ConnectorHealth_CL', 'PUT tributary', 'PUT tributary']);
});

test('rows whose Log-Type no table can have go to the stream in DCR_STREAMS, once its columns are declared', async () => {
  const routes = { '1App_CL': { dcr: 'dcr-7', stream: 'Custom-AppOne_CL' } };
  const app = appWith({ ...env, DCR_STREAMS: JSON.stringify(routes) }, []);
  await post(app, [{ user: 'ada' }], '1App');
  await app.deliver({ ...ID, source: '1App' }, keptLines());
  const tables = openTables(app, keptLines());
  const plan = await tables.plan({ names: ['1App_CL'], migrates: [] });
  expect(plan).toMatchObject({ tables: [{ state: 'refused' }], rules: [] });
  expect(await tables.remember(plan, 'anna')).toEqual(['1App_CL']);
  const { blobs } = openStorage({ AzureWebJobsStorage: storage.connectionString });
  const known = await blobs.getBlockBlobClient('streams/1App_CL.json').downloadToBuffer();
  const { columns } = JSON.parse(known.toString('utf8')) as { columns: Record<string, string> };
  expect(Object.keys(columns)).toEqual(['TimeGenerated', 'AdditionalFields', 'TruncatedFields', 'user_s']);
  const without = openTables(appWith(env, []), keptLines());
  expect(await without.remember(await without.plan({ names: ['1App_CL'], migrates: [] }), 'anna')).toEqual(
    [],
  );
});

test('a missing workspace, an unknown table and missing settings are each reported', async () => {
  arm.before = ({ url }) => (url.startsWith(WORKSPACE) ? { status: 404 } : undefined);
  const tables = openTables(appWith(env, []), keptLines());
  await expect(tables.plan(ALL)).rejects.toThrow('Check AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP');
  await expect(tables.plan({ names: ['Nowhere_CL'], migrates: [] })).rejects.toThrow(
    'there is no table Nowhere_CL',
  );
  const without = openTables(appWith({ ...env, WORKSPACE_NAME: '' }, []), keptLines());
  expect(without.missing).toEqual(['WORKSPACE_NAME']);
  expect(await without.plan(ALL)).toMatchObject({ isCompared: false, tables: [{ state: 'new' }] });
});
