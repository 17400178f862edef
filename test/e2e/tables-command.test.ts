import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_WORKSPACE } from '../../local/start/app-environment';
import { clock } from '../../shared/process/clock';
import { openStores } from '../../shared/run/stores';
import { startArm, WORKSPACE, type Arm } from '../fakes/resource-manager';
import { appWith, keptLines, realStorage, type TestStorage } from '../integration/harness';
import { makeClone, type Clone, type Ended } from './clone';
import { readAppSettings } from '../../shared/settings/app-settings';

/* `tributary tables` from the command line. */

const { workspaceId, workspaceKey } = LOCAL_WORKSPACE;
let azurite: TestStorage;
let arm: Arm;
let clone: Clone;
let env: Record<string, string>;

beforeAll(async () => {
  azurite = realStorage();
  clone = makeClone();
  const keys = JSON.stringify({ [workspaceId]: [workspaceKey] });
  const common = { AzureWebJobsStorage: azurite.connectionString, PUSH_KEYS: keys };
  const app = appWith(
    { ...common, LOGS_INGESTION_ENDPOINT: 'https://rule.example', DCR_IMMUTABLE_ID: 'x' },
    [],
  );
  const body = Buffer.from('[{"user":"Ada Lovelace","count":3}]');
  const date = new Date().toUTCString();
  const signed = `POST\n${body.length}\napplication/json\nx-ms-date:${date}\n/api/logs`;
  const signature = createHmac('sha256', Buffer.from(workspaceKey, 'base64')).update(signed).digest('base64');
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'log-type': 'MyApp',
    'x-ms-date': date,
    authorization: `SharedKey ${workspaceId}:${signature}`,
  };
  const query = new URLSearchParams('api-version=2016-04-01');
  const header = (name: string) => headers[name];
  expect(await app.acceptDataCollector({ method: 'POST', query, header, body }, keptLines())).toEqual({
    status: 200,
  });
  await app.deliver({ connector: 'logs', instance: 'default', source: 'MyApp' }, keptLines());
  env = common;
});
beforeEach(async () => {
  arm = await startArm();
});
afterEach(() => arm.close());
afterAll(async () => {
  clone.remove();
});

const tributary = (words: readonly string[], more: object = arm.env): Promise<Ended> =>
  clone.tributary(['tables', ...words], { ...env, ...more });

test('without a workspace to query, it lists what an empty one needs, and writes deployable files', async () => {
  const out = join(clone.root, 'azure');
  const { code, error, out: said } = await tributary(['--out', out], {});
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(said).toMatch(/MyApp_CL +│ new +│ 5 +│ 5 /);
  expect(said).toContain('AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP, WORKSPACE_NAME are not set.');
  expect(said).toContain('az deployment group create');
  expect(said).not.toContain('Lovelace');
  expect(readdirSync(join(out, 'functions'))).toEqual(
    expect.arrayContaining(['MyAppWhole.kql', 'AcmeSystemLogUnique.kql']),
  );
  const template = JSON.parse(readFileSync(join(out, 'template.json'), 'utf8')) as {
    resources: { type: string; name: string; dependsOn?: string[]; properties: object }[];
  };
  const mine = template.resources.find(({ name }) => name.includes('MyApp_CL'));
  expect(mine).toMatchObject({
    name: "[concat(parameters('workspaceName'), '/MyApp_CL')]",
    properties: {
      schema: { name: 'MyApp_CL', columns: expect.arrayContaining([{ name: 'user_s', type: 'string' }]) },
    },
  });
  const rules = template.resources.filter(({ type }) => type.endsWith('dataCollectionRules'));
  expect(rules[0]).toMatchObject({
    name: 'tributary',
    location: "[parameters('location')]",
    properties: {
      destinations: {
        logAnalytics: [
          {
            workspaceResourceId:
              "[resourceId('Microsoft.OperationalInsights/workspaces', parameters('workspaceName'))]",
          },
        ],
      },
    },
  });
  expect(rules[0]?.dependsOn).toContain(
    "[resourceId('Microsoft.OperationalInsights/workspaces/tables', parameters('workspaceName'), 'MyApp_CL')]",
  );
});

test('--apply names the missing settings', async () => {
  expect(await tributary(['--apply', '--yes'], { ...arm.env, WORKSPACE_NAME: '' })).toMatchObject({
    code: 2,
    error: expect.stringMatching(/^WORKSPACE_NAME is not set\./),
  });
});

test('--apply asks first; with --yes it creates the table and says what to set', async () => {
  const asked = await tributary(['MyApp_CL', '--apply']);
  expect(asked).toMatchObject({
    code: 2,
    error: expect.stringMatching(/makes MyApp_CL; .*tributary.*Add --yes/),
  });
  expect(arm.changes()).toEqual([]);
  const { code, error, out } = await tributary(['MyApp_CL', '--apply', '--yes', '--as', 'anna']);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(arm.changes()).toEqual(['PUT MyApp_CL', 'PUT tributary']);
  expect(out).toContain(`Set LOGS_INGESTION_ENDPOINT=${arm.endpoint}\n`);
  expect(out).toContain('Set DCR_IMMUTABLE_ID=dcr-00000000000000000000000000000001\n');
  expect(out).toMatch(/--role "Monitoring Metrics Publisher" .* --scope \/subscriptions\/.*\/tributary\n/);
  const id = { connector: 'tables', instance: 'default', source: 'MyApp_CL' };
  const acts = await openStores(readAppSettings(env), clock).auditLog.read(
    id,
    new Date(0),
    new Date(Date.now() + 60_000),
  );
  expect(acts).toMatchObject([{ by: 'anna', what: 'tables-apply' }]);
  const again = await tributary(['MyApp_CL', '--apply', '--json']);
  expect(JSON.parse(again.out)).toMatchObject({ tables: [{ state: 'unchanged' }], settings: [{}, {}] });
});

test('a classic table fails the command until its migration is requested, and both say what it breaks', async () => {
  const classic = {
    subType: 'Classic',
    columns: [],
    standardColumns: [{ name: 'TimeGenerated', type: 'dateTime' }],
  };
  arm.tables.set('MyApp_CL', classic as never);
  const left = await tributary(['MyApp_CL', '--apply', '--yes']);
  expect(left).toMatchObject({ code: 1, out: expect.stringContaining('its migration cannot be undone') });
  expect(arm.changes()).toEqual([]);
  const migrated = await tributary(['--apply', '--yes', '--migrate', 'MyApp_CL']);
  expect(migrated).toMatchObject({
    code: 0,
    out: expect.stringContaining('accepts nothing for this table'),
  });
  expect(arm.changes()).toEqual(['POST MyApp_CL/migrate', 'PATCH MyApp_CL', 'PUT tributary']);
});

test('a refusal is reported in the words of the service, with the missing role', async () => {
  arm.before = ({ method }) =>
    method === 'GET' ? undefined : { status: 403, body: { error: { code: 'AuthorizationFailed' } } };
  expect(await tributary(['MyApp_CL', '--apply', '--yes'])).toMatchObject({
    code: 2,
    error: expect.stringMatching(
      /403.*AuthorizationFailed.*the role Log Analytics Contributor on the workspace/,
    ),
  });
  arm.before = ({ method }) =>
    method === 'GET' ? undefined : { status: 409, body: { error: { code: 'Conflict' } } };
  expect(await tributary(['MyApp_CL', '--apply', '--yes'])).toMatchObject({
    code: 2,
    error: expect.stringContaining('another operation on it is in progress: Conflict'),
  });
});

test('options that contradict each other are refused', async () => {
  expect(await tributary(['--migrate', 'MyApp_CL'])).toMatchObject({
    code: 2,
    error: expect.stringContaining('--apply'),
  });
  expect(await tributary(['--apply', '--deployed'])).toMatchObject({ code: 2 });
  expect(await tributary(['Nowhere_CL'])).toMatchObject({
    code: 2,
    error: expect.stringContaining('there is no table Nowhere_CL'),
  });
});

test('after files are declared as deployed the app uses their columns', async () => {
  expect(await tributary(['MyApp_CL', '--deployed'], {})).toMatchObject({
    code: 0,
    out: expect.stringContaining('From now on the app uses the columns of MyApp_CL.'),
  });
  expect(arm.asked.filter(({ url }) => url.startsWith(WORKSPACE))).toEqual([]);
});

test('what the workspace shows as missing is not taken as deployed', async () => {
  expect(await tributary(['MyApp_CL', '--deployed'])).toMatchObject({
    code: 1,
    out: expect.stringContaining('Not as required, and left unchanged: MyApp_CL.'),
  });
});
