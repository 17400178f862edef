import type { Workspace } from '../../local/workspace/workspace';
import { ask, closeWorkspaces, openWorkspace, postLogs, postRows, RULE } from './workspace-client';

let workspace: Workspace;
beforeEach(async () => {
  workspace = await openWorkspace();
});
afterEach(closeWorkspaces);

const behave = (rules: unknown) => ask(`${workspace.url}/behave`, { body: JSON.stringify(rules) });
const stored = () => workspace.query('SELECT count(*) AS n FROM Sample_CL');

test('answers with a status the given number of times, with Retry-After, and stores nothing meanwhile', async () => {
  expect(
    (await behave([{ api: 'logs-ingestion', times: 2, do: 'status', status: 429, retryAfterSeconds: 7 }]))
      .status,
  ).toBe(204);
  const answers = [
    await postRows(workspace, [{}]),
    await postRows(workspace, [{}]),
    await postRows(workspace, [{}]),
  ];
  expect(answers.map(({ status }) => status)).toEqual([429, 429, 204]);
  expect(answers[0]?.headers['retry-after']).toBe('7');
  expect(await stored()).toEqual([{ n: 1 }]);
});

test('403 has the documented message', async () => {
  await behave([{ api: 'logs-ingestion', do: 'status', status: 403 }]);
  const answer = await postRows(workspace, [{}]);
  expect(answer.headers['x-ms-error-code']).toBe('OperationFailed');
  expect(JSON.parse(answer.body).error.message).toBe(
    `The authentication token provided does not have access to ingest data for the data collection rule with immutable Id '${RULE}'.`,
  );
});

test.each([
  [
    { status: 500 },
    500,
    '{"Error":"UnspecifiedError","Message":"The service encountered an internal error. Retry the request."}',
  ],
  [
    { status: 400, code: 'InactiveCustomer' },
    400,
    '{"Error":"InactiveCustomer","Message":"The workspace has been closed."}',
  ],
  [{ status: 429 }, 429, ''],
])('the Data Collector API answers %j as documented', async (act, status, body) => {
  await behave([{ api: 'data-collector', do: 'status', ...act }]);
  expect(await postLogs(workspace, [{ a: 1 }])).toMatchObject({ status, body });
});

test('can accept rows and then drop them, with a line in DCRLogErrors', async () => {
  await behave([{ api: 'logs-ingestion', do: 'drop-after-accept', rows: 2 }]);
  expect((await postRows(workspace, [{ Text: 'a' }, { Text: 'b' }, { Text: 'c' }])).status).toBe(204);
  expect(await workspace.query('SELECT Text FROM Sample_CL')).toEqual([{ Text: 'c' }]);
  expect(await workspace.query('SELECT Message FROM DCRLogErrors')).toEqual([
    { Message: '2 records were dropped after they had been accepted.' },
  ]);
});

test('can store rows and then close the connection without an answer', async () => {
  await behave([{ api: 'logs-ingestion', do: 'close-before-answer' }]);
  await expect(postRows(workspace, [{}])).rejects.toThrow('socket hang up');
  expect(await stored()).toEqual([{ n: 1 }]);
});

test('a delay comes before the answer, and the request is then processed as usual', async () => {
  await behave([{ api: 'data-collector', do: 'delay', ms: 40 }]);
  const startedAt = performance.now();
  expect((await postLogs(workspace, [{ a: 1 }])).status).toBe(200);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(39);
});

test('a rule for one stream or Log-Type does not affect the others', async () => {
  await behave([
    { api: 'logs-ingestion', match: { stream: 'Custom-Other' }, do: 'status', status: 503 },
    { api: 'data-collector', match: { logType: 'Sample' }, do: 'status', status: 503 },
  ]);
  expect((await postRows(workspace, [{}])).status).toBe(204);
  expect((await postLogs(workspace, [{ a: 1 }], { headers: { 'log-type': 'Other' } })).status).toBe(200);
  expect((await postLogs(workspace, [{ a: 1 }])).status).toBe(503);
});

test('a new list replaces the remaining rules', async () => {
  await behave([{ api: 'logs-ingestion', times: 9, do: 'status', status: 503 }]);
  await behave([]);
  expect((await postRows(workspace, [{}])).status).toBe(204);
});

test.each([
  ['not a list', {}, 'not a list'],
  ['not an object', [1], 'not an object'],
  ['without an action', [{ api: 'logs-ingestion' }], 'do is missing'],
  ['with an unknown action', [{ api: 'logs-ingestion', do: 'explode' }], 'do is not valid'],
  ['with an unknown api', [{ api: 'other', do: 'delay', ms: 1 }], 'api is not valid'],
  ['without a status', [{ api: 'logs-ingestion', do: 'status' }], 'status is missing'],
  [
    'with an unknown member',
    [{ api: 'logs-ingestion', do: 'delay', ms: 1, stream: 'x' }],
    'stream is not valid',
  ],
])('a rule that is %s is refused', async (_, rules, reason) => {
  const answer = await behave(rules);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body).error).toContain(reason);
});

test('requests are counted by api, stream and status', async () => {
  const empty = await postRows(workspace, []);
  await postRows(workspace, [{}]);
  await postLogs(workspace, 'x');
  expect(empty.status).toBe(204);
  const answer = await ask(`${workspace.url}/requests`, { method: 'GET' });
  expect(JSON.parse(answer.body)).toEqual({
    requests: [
      { api: 'logs-ingestion', stream: 'Custom-Sample_CL', status: 204, count: 2, bytes: 6, largestBytes: 4 },
      { api: 'data-collector', stream: 'Sample', status: 400, count: 1, bytes: 1, largestBytes: 1 },
    ],
  });
});
