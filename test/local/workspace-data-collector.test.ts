import type { Workspace } from '../../local/workspace/workspace';
import {
  closeWorkspaces,
  KEYS,
  NOW,
  openWorkspace,
  postLogs,
  postRows,
  WORKSPACE_ID,
} from './workspace-client';

const OWN_COLUMNS = /_[sdbtg]$/;

let workspace: Workspace;
beforeEach(async () => {
  workspace = await openWorkspace();
});
afterEach(closeWorkspaces);

/** The posted properties of each row: the columns with a suffix that are not null. */
async function properties(table = 'Sample_CL'): Promise<Record<string, unknown>[]> {
  const rows = await workspace.query(`SELECT * FROM ${table}`);
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).filter(([name, value]) => OWN_COLUMNS.test(name) && value !== null),
    ),
  );
}

describe('columns', () => {
  test('each type of value has its suffix', async () => {
    const answer = await postLogs(workspace, [
      {
        text: 'x',
        yes: true,
        num: 1.5,
        whole: 3,
        at: '2026-01-02T03:04:05Z',
        id: 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
      },
    ]);
    expect([answer.status, answer.body]).toEqual([200, '']);
    expect(await properties()).toEqual([
      {
        text_s: 'x',
        yes_b: true,
        num_d: 1.5,
        whole_d: 3,
        at_t: '2026-01-02T03:04:05.000Z',
        id_g: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      },
    ]);
  });

  test('32 hex digits are a GUID, shown with dashes', async () => {
    await postLogs(workspace, [{ md5: 'd41d8cd98f00b204e9800998ecf8427e' }]);
    expect(await properties()).toEqual([{ md5_g: 'd41d8cd9-8f00-b204-e980-0998ecf8427e' }]);
  });

  test('text goes to a column of another type that it can be converted to', async () => {
    await postLogs(workspace, [{ number: 1, boolean: false, at: '2026-01-02T00:00:00Z' }]);
    await postLogs(workspace, [{ number: '42', boolean: 'true', at: '2026-01-03' }]);
    expect(await properties()).toEqual([
      { number_d: 1, boolean_b: false, at_t: '2026-01-02T00:00:00.000Z' },
      { number_d: 42, boolean_b: true, at_t: '2026-01-03T00:00:00.000Z' },
    ]);
  });

  test('a value that cannot be converted gets another column', async () => {
    await postLogs(workspace, [
      { number: 1, boolean: true, string: 'a' },
      { number: 'many', boolean: 2, string: 3 },
    ]);
    expect(await properties()).toEqual([
      { number_d: 1, boolean_b: true, string_s: 'a' },
      { number_s: 'many', boolean_d: 2, string_d: 3 },
    ]);
  });

  test('a column that began as text stays text', async () => {
    await postLogs(workspace, [
      { number: '42', boolean: 'true', at: 'soon' },
      { at: '2026-01-02T00:00:00Z' },
    ]);
    expect(await properties()).toEqual([
      { number_s: '42', boolean_s: 'true', at_s: 'soon' },
      { at_s: '2026-01-02T00:00:00Z' },
    ]);
  });

  test('objects are flattened, arrays are text and nulls are left out', async () => {
    await postLogs(workspace, [
      { actor: { id: 'x', geo: { lat: 1.5 } }, chain: [{ ip: '::1' }, 1], none: null, '@at': 1 },
    ]);
    expect(await properties()).toEqual([
      { actor_id_s: 'x', actor_geo_lat_d: 1.5, chain_s: '[{"ip":"::1"},1]', _at_d: 1 },
    ]);
  });

  test('the service fills its own columns, and Computer has no suffix', async () => {
    await postLogs(workspace, [{ Computer: 'host-1' }], {
      headers: { 'x-ms-AzureResourceId': '/subscriptions/s' },
    });
    expect(await workspace.query('SELECT * FROM Sample_CL')).toEqual([
      expect.objectContaining({
        Computer: 'host-1',
        SourceSystem: 'RestAPI',
        Type: 'Sample_CL',
        TenantId: WORKSPACE_ID,
        _ResourceId: '/subscriptions/s',
        TimeGenerated: NOW.toISOString(),
        _TimeReceived: NOW.toISOString(),
      }),
    ]);
  });

  test('a field over 32 KB is cut', async () => {
    await postLogs(workspace, [{ long: 'x'.repeat(40_000) }]);
    expect(await workspace.query('SELECT length(long_s) AS n FROM Sample_CL')).toEqual([{ n: 32_768 }]);
  });

  test('what is beyond 500 columns goes to AdditionalFields', async () => {
    const wide = Object.fromEntries(Array.from({ length: 510 }, (_, i) => [`p${i}`, i]));
    await postLogs(workspace, [wide], { headers: { 'log-type': 'Wide' } });
    const [row] = await workspace.query('SELECT p0_d, AdditionalFields FROM Wide_CL');
    expect(row).toMatchObject({ p0_d: 0, AdditionalFields: { p509: 509 } });
    const [count] = await workspace.query(
      "SELECT count(*) AS n FROM duckdb_columns() WHERE table_name = 'Wide_CL'",
    );
    expect(count).toEqual({ n: 501 });
  });

  test('names that differ only in case and names over 45 characters lose no value', async () => {
    const long = 'n'.repeat(46);
    await postLogs(workspace, [{ name: 'a', Name: 'b', [long]: 'c' }]);
    expect(await workspace.query('SELECT name_s, AdditionalFields FROM Sample_CL')).toEqual([
      { name_s: 'a', AdditionalFields: { Name: 'b', [long]: 'c' } },
    ]);
  });
});

describe('tables and times', () => {
  test('a new Log-Type creates its table', async () => {
    await postLogs(workspace, { a: 1 }, { headers: { 'log-type': 'Brand_New2' } });
    expect(await properties('Brand_New2_CL')).toEqual([{ a_d: 1 }]);
  });

  test('a table from a definition accepts rows of both APIs', async () => {
    await postRows(workspace, [{ Text: 'declared' }]);
    await postLogs(workspace, [{ Text: 'posted' }]);
    expect(await workspace.query('SELECT Text, Text_s FROM Sample_CL ORDER BY Text')).toEqual([
      { Text: 'declared', Text_s: null },
      { Text: null, Text_s: 'posted' },
    ]);
  });

  test.each([
    ['valid', '2026-11-20T00:00:00Z', '2026-11-20T00:00:00.000Z'],
    ['older than two days', '2026-11-19T11:00:00Z', NOW.toISOString()],
    ['more than a day ahead', '2026-11-22T13:00:00Z', NOW.toISOString()],
    ['not a time', 'yesterday', NOW.toISOString()],
    ['absent', undefined, NOW.toISOString()],
  ])('the time-generated-field names a property that is %s', async (_, at, TimeGenerated) => {
    await postLogs(workspace, [{ at, other: 1 }], { headers: { 'time-generated-field': 'at' } });
    expect(await workspace.query('SELECT TimeGenerated FROM Sample_CL')).toEqual([{ TimeGenerated }]);
  });
});

describe('refusals', () => {
  const invalidSignature =
    '{"Error":"InvalidAuthorization","Message":"An invalid signature was specified in the Authorization header"}';

  test('the second key is accepted as well', async () => {
    expect((await postLogs(workspace, [{ a: 1 }], { key: KEYS[1] })).status).toBe(200);
  });

  test('a charset that was not signed is refused, as the service does', async () => {
    const answer = await postLogs(workspace, [{ a: 1 }], {
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    expect(answer).toMatchObject({ status: 403, body: invalidSignature });
    expect(answer.headers['content-type']).toBe('application/json');
  });

  test('a signature over characters instead of bytes is refused, and so is a body of unknown length', async () => {
    const body = '[{"a":"é"}]';
    expect(await postLogs(workspace, body, { signedLength: body.length })).toMatchObject({ status: 403 });
    const headers = { 'content-length': undefined, 'transfer-encoding': 'chunked' };
    expect(await postLogs(workspace, body, { headers })).toMatchObject({
      status: 403,
      body: invalidSignature,
    });
  });

  test.each([
    [403, '{"Error":"InvalidAuthorization","Message":"No Authorization header was specified"}', undefined],
    [
      403,
      '{"Error":"InvalidAuthorization","Message":"An invalid scheme was specified in the Authorization header"}',
      'Bearer x',
    ],
    [403, invalidSignature, `SharedKey ${WORKSPACE_ID}:`],
    [
      400,
      '{"Error":"InvalidCustomerId","Message":"The specified workspace ID is invalid."}',
      'SharedKey other:x',
    ],
  ])('%i %s', async (status, body, authorization) => {
    expect(await postLogs(workspace, [{ a: 1 }], { headers: { authorization } })).toMatchObject({
      status,
      body,
    });
  });

  test.each([
    ['MissingApiVersion', { path: '/api/logs' }],
    ['InvalidApiVersion', { path: '/api/logs?api-version=2020-01-01' }],
    ['MissingContentType', { headers: { 'content-type': undefined } }],
    ['UnsupportedContentType', { headers: { 'content-type': 'text/plain' } }],
    ['MissingLogType', { headers: { 'log-type': undefined } }],
    ['MissingLogType', { headers: { 'log-type': '' } }],
    ['InvalidLogType', { headers: { 'log-type': 'My-Logs' } }],
    ['InvalidLogType', { headers: { 'log-type': 'x'.repeat(101) } }],
  ])('400 %s', async (Error, change) => {
    const answer = await postLogs(workspace, [{ a: 1 }], change);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({ Error, Message: expect.any(String) });
  });

  test.each([
    ['malformed JSON', '{"a"=1}'],
    ['an array without objects', '[1]'],
    ['a text', '"a"'],
    ['an empty body', ''],
    ['a name with a space', [{ ok: 1 }, { 'a b': 1 }]],
    ['a reserved name', [{ TimeGenerated: '2026-11-21T00:00:00Z' }]],
    ['another reserved name', [{ tenant: 1 }]],
  ])('400 InvalidDataFormat for %s, and nothing is stored', async (_, body) => {
    const answer = await postLogs(workspace, body, { headers: { 'log-type': 'Refused' } });
    expect(answer).toMatchObject({ status: 400, body: '{"Error":"InvalidDataFormat","Message":null}' });
    await expect(workspace.query('FROM Refused_CL')).rejects.toThrow('Refused_CL');
  });

  test('more than 30 MB is 404 without a body', async () => {
    const answer = await postLogs(workspace, `[{"a":"${'x'.repeat(30 * 1024 * 1024)}"}]`);
    expect([answer.status, answer.body]).toEqual([404, '']);
  });
});
