import { createHttp } from '../../shared/http/http';
import { clock } from '../../shared/process/clock';
import { createResourceManager, type ResourceManager } from '../../shared/tables/azure-resources';
import { readAzure, readRuleName } from '../../shared/tables/azure-settings';
import { tokenFor } from '../../shared/sink/token';
import { startLoopback, type Loopback, type Serve } from '../fakes/loopback';
import { silentLog } from '../fakes/silent-log';
import { secretsOf } from '../../shared/values/secrets/secrets';

let server: Loopback;
afterEach(() => server.close());

async function managerOf(serve: Serve): Promise<ResourceManager> {
  server = await startLoopback(serve);
  const { signal } = new AbortController();
  const http = createHttp({
    who: 'tables',
    origins: [server.url],
    variables: { address: ['AZURE_RESOURCE_MANAGER_URL'], credentials: ['the role Of The Test'] },
    secrets: secretsOf([]),
    deadline: new Date(Date.now() + 30_000),
    signal,
    clock,
    log: silentLog(),
  });
  return createResourceManager(server.url, http, { clock, signal, getToken: async () => 'token-1' });
}

type Answer = readonly [
  status: number,
  body?: object | undefined,
  headers?: Readonly<Record<string, string>>,
];
const answers =
  (...list: readonly Answer[]): Serve =>
  (response, _, call) => {
    const [status, body, headers = {}] = list[call] ?? [500];
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };
const request = { doing: 'creating table X_CL', path: '/x', apiVersion: '2022-10-01' };

test('a change sends the token and the body, and waits until its operation has succeeded', async () => {
  const manager = await managerOf((response, asked, call) =>
    answers(
      [202, undefined, { 'azure-asyncoperation': `${server.url}/operation`, 'retry-after': '0' }],
      [200, { status: 'InProgress' }, { 'retry-after': '0' }],
      [200, { status: 'Succeeded' }],
    )(response, asked, call),
  );
  await manager.change({ ...request, method: 'PUT', body: { a: 1 } });
  expect(server.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'PUT /x?api-version=2022-10-01',
    'GET /operation',
    'GET /operation',
  ]);
  expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer token-1'));
  expect(server.asked[0]?.body.toString()).toBe('{"a":1}');
});

test('an operation with only a Location has ended when that no longer answers 202', async () => {
  const manager = await managerOf((response, asked, call) =>
    answers(
      [202, undefined, { location: `${server.url}/result`, 'retry-after': '0' }],
      [202, undefined, { 'retry-after': '0' }],
      [204],
    )(response, asked, call),
  );
  await manager.change({ ...request, method: 'POST' });
  expect(server.asked).toHaveLength(3);
});

test('a failed operation is an error in the service’s words', async () => {
  const manager = await managerOf((response, asked, call) =>
    answers(
      [201, {}, { 'azure-asyncoperation': `${server.url}/operation`, 'retry-after': '0' }],
      [200, { status: 'Failed', error: { code: 'Busy', message: 'the table is locked.' } }],
    )(response, asked, call),
  );
  await expect(manager.change({ ...request, method: 'PUT', body: {} })).rejects.toMatchObject({
    name: 'SettingError',
    message:
      'creating table X_CL: the operation ended as Failed: Busy, the table is locked. Nothing more was done.',
  });
});

test('an operation at another host is not followed, so that no token is sent there', async () => {
  const manager = await managerOf(
    answers([202, undefined, { location: 'https://elsewhere.example/x', 'retry-after': '0' }]),
  );
  await expect(manager.change({ ...request, method: 'PUT', body: {} })).rejects.toMatchObject({
    name: 'ContractError',
    message: expect.stringContaining('elsewhere.example'),
  });
});

test('400 reports all details of the service', async () => {
  const details = [{ code: 'InvalidTransformOutput', message: 'a_d produced String' }];
  const manager = await managerOf(
    answers([400, { error: { code: 'InvalidPayload', message: 'invalid', details } }]),
  );
  await expect(manager.change({ ...request, method: 'PUT', body: {} })).rejects.toThrow(
    'refuses it with 400: InvalidPayload, invalid: InvalidTransformOutput, a_d produced String',
  );
});

test('409 is an UnavailableError: another operation is in progress', async () => {
  const manager = await managerOf(answers([409, { error: { code: 'Conflict', message: 'updating' } }]));
  await expect(manager.change({ ...request, method: 'PATCH', body: {} })).rejects.toMatchObject({
    name: 'UnavailableError',
    message: expect.stringContaining('another operation on it is in progress: Conflict, updating'),
  });
});

test('403 names the missing role', async () => {
  const manager = await managerOf(answers([403, { error: { code: 'AuthorizationFailed' } }]));
  await expect(manager.get(request)).rejects.toMatchObject({
    name: 'SettingError',
    message: expect.stringMatching(/AuthorizationFailed.*Check the role Of The Test/),
  });
});

test('a list is read to its last page, and a missing resource is undefined', async () => {
  const manager = await managerOf((response, asked, call) =>
    answers(
      [200, { value: [{ a: 1 }], nextLink: `${server.url}/next` }],
      [200, { value: [{ a: 2 }] }],
      [404],
    )(response, asked, call),
  );
  expect(await manager.list(request)).toEqual([{ a: 1 }, { a: 2 }]);
  expect(await manager.get(request)).toBeUndefined();
});

describe('settings', () => {
  const env = {
    AZURE_SUBSCRIPTION_ID: '11111111-2222-4333-8444-555555555555',
    AZURE_RESOURCE_GROUP: 'rg-logs',
    WORKSPACE_NAME: 'siem',
  };
  beforeEach(async () => (server = await startLoopback(() => undefined)));

  test.each([
    ['public', 'https://management.azure.com'],
    ['usgov', 'https://management.usgovcloudapi.net'],
    ['china', 'https://management.chinacloudapi.cn'],
  ])('the cloud %s is managed at %s, with a token for it', async (AZURE_CLOUD, origin) => {
    expect(readAzure({ ...env, AZURE_CLOUD })).toMatchObject({ origin });
    const scopes: unknown[] = [];
    const open = () => ({
      getToken: async (scope: unknown) => {
        scopes.push(scope);
        return { token: 'x', expiresOnTimestamp: 0 };
      },
    });
    await tokenFor(
      new URL(origin),
      { AZURE_CLOUD },
      open,
      `${origin}/.default`,
    )(new AbortController().signal);
    expect(scopes).toEqual([`${origin}/.default`]);
  });

  test('all missing settings are named', () => {
    expect(readAzure({ WORKSPACE_NAME: 'siem' })).toEqual(['AZURE_SUBSCRIPTION_ID', 'AZURE_RESOURCE_GROUP']);
  });

  test.each([
    ['AZURE_SUBSCRIPTION_ID', 'my subscription'],
    ['AZURE_RESOURCE_GROUP', 'a/../b'],
    ['WORKSPACE_NAME', 'a?b'],
    ['AZURE_RESOURCE_MANAGER_URL', 'http://elsewhere.example'],
  ])('an invalid %s is refused', (name, value) => {
    expect(() => readAzure({ ...env, [name]: value })).toThrow(name);
  });

  test('rules are called tributary, or the value of DCR_NAME', () => {
    expect(readRuleName({})).toBe('tributary');
    expect(readRuleName({ DCR_NAME: 'soc' })).toBe('soc');
    expect(() => readRuleName({ DCR_NAME: 'a/b' })).toThrow('DCR_NAME');
  });
});
