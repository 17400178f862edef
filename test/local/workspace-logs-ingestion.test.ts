import { gzipSync } from 'node:zlib';
import type { Workspace } from '../../local/workspace/workspace';
import { closeWorkspaces, NOW, openWorkspace, postRows, RULE, WORKSPACE_ID } from './workspace-client';

const LIMIT = 1_048_576;
const ROWS = 'SELECT * FROM Sample_CL';
const LOST = 'SELECT Message, InputStreamId FROM DCRLogErrors';

let workspace: Workspace;
beforeEach(async () => {
  workspace = await openWorkspace();
});
afterEach(closeWorkspaces);

/** One record that makes a body of exactly this many bytes. */
function bodyOf(bytes: number): string {
  const frame = JSON.stringify([{ Text: '' }]).length;
  return JSON.stringify([{ Text: 'x'.repeat(bytes - frame) }]);
}

describe('what is stored', () => {
  test('a row of every type is stored as it was sent', async () => {
    const sent = {
      TimeGenerated: '2026-11-21T11:00:00.123Z',
      Text: 'grüße 🎉',
      Count: 42,
      Big: 7,
      Ratio: 1.5,
      Ok: true,
      Happened: '2020-01-02T03:04:05.678901Z',
      Bag: { list: [1, 'two', null] },
    };
    const answer = await postRows(workspace, [sent]);
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(await workspace.query(ROWS)).toEqual([expect.objectContaining(sent)]);
  });

  test('the service adds its own columns', async () => {
    await postRows(workspace, [{}]);
    expect(await workspace.query(ROWS)).toEqual([
      expect.objectContaining({
        TimeGenerated: NOW.toISOString(),
        TenantId: WORKSPACE_ID,
        Type: 'Sample_CL',
        _ItemId: expect.stringMatching(/^[\da-f-]{36}$/),
        _TimeReceived: NOW.toISOString(),
      }),
    ]);
  });

  test('an undeclared member is dropped and an absent one is null', async () => {
    await postRows(workspace, [{ Text: 'a', Unknown: 1, text: 'other case' }]);
    const [row] = await workspace.query(ROWS);
    expect(row).toMatchObject({ Text: 'a', Count: null, Bag: null });
    expect(row).not.toHaveProperty('Unknown');
  });

  test('a value of another type is converted where that loses nothing, and is null otherwise', async () => {
    await postRows(workspace, [
      { Text: 5, Count: '6', Big: '7', Ratio: '8.5', Ok: 'TRUE', Bag: 'text' },
      { Text: { a: 1 }, Count: 1.5, Big: 'x', Ratio: 'x', Ok: 'x', Happened: 'x' },
      { Count: 2 ** 31, Big: 1e20, Ratio: [], Ok: {}, Happened: 5 },
    ]);
    expect(await workspace.query('SELECT Text, Count, Big, Ratio, Ok, Happened, Bag FROM Sample_CL')).toEqual(
      [
        { Text: '5', Count: 6, Big: 7, Ratio: 8.5, Ok: true, Happened: null, Bag: 'text' },
        { Text: '{"a":1}', Count: null, Big: null, Ratio: null, Ok: null, Happened: null, Bag: null },
        { Text: null, Count: null, Big: null, Ratio: null, Ok: null, Happened: null, Bag: null },
      ],
    );
  });

  test('integers beyond 2^53 keep every digit, in columns and inside dynamic values', async () => {
    await postRows(
      workspace,
      '[{"Big":9223372036854775807,"Text":12345678901234567890,"Bag":{"id":9007199254740993}}]',
    );
    expect(await workspace.query("SELECT Big, Text, Bag, Bag->>'id' AS Id FROM Sample_CL")).toEqual([
      {
        Big: '9223372036854775807',
        Text: '12345678901234567890',
        Bag: { id: '9007199254740993' },
        Id: '9007199254740993',
      },
    ]);
  });

  test('a field over 64 KB is cut at a character', async () => {
    await postRows(workspace, [{ Text: `a${'é'.repeat(40_000)}`, Bag: { long: 'x'.repeat(70_000) } }]);
    expect(
      await workspace.query('SELECT strlen(Text) AS Text, json_type(Bag) AS Bag FROM Sample_CL'),
    ).toEqual([{ Text: 65_535, Bag: 'VARCHAR' }]);
  });

  test.each([
    ['older than two days', '2026-11-19T11:59:59Z', NOW.toISOString()],
    ['two days old', '2026-11-19T12:00:00Z', '2026-11-19T12:00:00.000Z'],
    ['a day ahead', '2026-11-22T12:00:00Z', '2026-11-22T12:00:00.000Z'],
    ['more than a day ahead', '2026-11-22T12:00:01Z', NOW.toISOString()],
    ['not a time', 'yesterday', NOW.toISOString()],
  ])('a TimeGenerated that is %s', async (_, sent, stored) => {
    await postRows(workspace, [{ TimeGenerated: sent }]);
    expect(await workspace.query('SELECT TimeGenerated FROM Sample_CL')).toEqual([{ TimeGenerated: stored }]);
  });

  test('hostile records do not change other rows', async () => {
    const answer = await postRows(
      workspace,
      '[{"__proto__":{"Text":"x"},"Bag":{"__proto__":1,"a":"\\ud800"},"Count":1},{"Text":"\\ud83d\\ude00 \\u0000","Count":2}]',
    );
    expect(answer.status).toBe(204);
    expect(await workspace.query('SELECT Text, Bag FROM Sample_CL ORDER BY Count')).toEqual([
      { Text: null, Bag: JSON.parse('{"__proto__":1,"a":"\ufffd"}') },
      { Text: '😀 \u0000', Bag: null },
    ]);
  });
});

describe('records that are accepted and lost', () => {
  test.each([
    ['a single object', '{"Text":"a"}', 'The body is not a JSON array. Its records are lost.'],
    ['malformed JSON', '{"a"=1}', 'The body is not JSON. Its records are lost.'],
    ['records that are not objects', '[1,null,[2]]', '3 of 3 records are not JSON objects that fit a row.'],
    ['JSON nested too deep', '['.repeat(50_000), 'The body is not JSON. Its records are lost.'],
  ])('%s is answered 204 and leaves a line in DCRLogErrors', async (_, body, Message) => {
    const answer = await postRows(workspace, body, { headers: { 'x-ms-client-request-id': 'mine' } });
    expect(answer.status).toBe(204);
    expect(await workspace.query(ROWS)).toEqual([]);
    expect(await workspace.query(`${LOST} WHERE ClientRequestId = 'mine'`)).toEqual([
      { Message, InputStreamId: 'Custom-Sample_CL' },
    ]);
  });

  test('a record that is not an object does not affect the others', async () => {
    await postRows(workspace, [1, { Text: 'a' }]);
    expect(await workspace.query('SELECT Text FROM Sample_CL')).toEqual([{ Text: 'a' }]);
    expect(await workspace.query(LOST)).toHaveLength(1);
  });

  test('an empty array stores nothing and loses nothing', async () => {
    expect((await postRows(workspace, [])).status).toBe(204);
    expect(await workspace.query(LOST)).toEqual([]);
  });
});

describe('sizes', () => {
  const tooLarge = (bytes: number) => ({
    status: 413,
    body: JSON.stringify({
      error: {
        code: 'ContentLengthLimitExceeded',
        message: `Maximum allowed content length: 1048576 bytes (1 MB). Provided content length: ${bytes} bytes.`,
      },
    }),
  });

  test('a body of exactly 1 MiB is accepted', async () => {
    expect((await postRows(workspace, bodyOf(LIMIT))).status).toBe(204);
  });

  test('one byte more is refused, and nothing is stored', async () => {
    expect(await postRows(workspace, bodyOf(LIMIT + 1))).toMatchObject(tooLarge(LIMIT + 1));
    expect(await workspace.query(ROWS)).toEqual([]);
  });

  test('a chunked body is read, and refused when it is too long', async () => {
    const headers = { 'content-length': undefined, 'transfer-encoding': 'chunked' };
    expect((await postRows(workspace, bodyOf(LIMIT), { headers })).status).toBe(204);
    expect(await postRows(workspace, bodyOf(LIMIT + 1), { headers })).toMatchObject(tooLarge(LIMIT + 1));
  });

  test('a gzip body is read, even when it decompresses to exactly 1 MiB', async () => {
    const headers = { 'content-encoding': 'gzip' };
    expect((await postRows(workspace, gzipSync(bodyOf(LIMIT)), { headers })).status).toBe(204);
    expect(await workspace.query('SELECT count(*) AS n FROM Sample_CL')).toEqual([{ n: 1 }]);
  });

  test('a small gzip body that decompresses to more is refused before it is fully decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * LIMIT));
    expect(bomb.length).toBeLessThan(LIMIT);
    const answer = await postRows(workspace, bomb, { headers: { 'content-encoding': 'gzip' } });
    expect(answer).toMatchObject(tooLarge(LIMIT + 1));
  });
});

describe('refusals', () => {
  const path = (rule: string, stream: string, version = '?api-version=2023-01-01') =>
    `/dataCollectionRules/${rule}/streams/${stream}${version}`;

  test('another rule is answered not found', async () => {
    const answer = await postRows(workspace, [{}], { path: path('dcr-other', 'Custom-Sample_CL') });
    expect(answer).toMatchObject({
      status: 404,
      headers: { 'x-ms-error-code': 'NotFound' },
      body: `{"error":{"code":"NotFound","message":"Data collection rule with immutable Id 'dcr-other' not found."}}`,
    });
  });

  test('an empty body is answered with a server error, without a code', async () => {
    const answer = await postRows(workspace, '');
    expect([answer.status, answer.body, answer.headers['x-ms-error-code']]).toEqual([500, '', undefined]);
  });

  test.each([
    ['no token', {}, { authorization: undefined }, 401, 'InvalidAuthenticationToken'],
    ['a wrong token', {}, { authorization: 'Bearer other' }, 401, 'InvalidAuthenticationToken'],
    ['an unknown stream', { path: path(RULE, 'Custom-Other') }, {}, 400, 'InvalidStream'],
    ['no api-version', { path: path(RULE, 'Custom-Sample_CL', '') }, {}, 400, 'InvalidApiVersion'],
    ['another content type', {}, { 'content-type': 'text/plain' }, 415, 'UnsupportedMediaType'],
    ['an unknown encoding', {}, { 'content-encoding': 'br' }, 400, 'InvalidContentEncoding'],
    [
      'a body that is not gzip although it says so',
      {},
      { 'content-encoding': 'gzip' },
      400,
      'InvalidContentEncoding',
    ],
    ['another method', { method: 'PUT' }, {}, 405, 'MethodNotAllowed'],
  ])('%s is refused with the envelope and the header', async (_, change, headers, status, code) => {
    const answer = await postRows(workspace, [{ Text: 'a' }], { ...change, headers });
    expect(answer).toMatchObject({ status, headers: { 'x-ms-error-code': code } });
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code, message: expect.any(String) } });
    expect(await workspace.query(ROWS)).toEqual([]);
  });

  test('the older api-version is still served', async () => {
    const answer = await postRows(workspace, [{}], {
      path: path(RULE, 'Custom-Sample_CL', '?api-version=2021-11-01-preview'),
    });
    expect(answer.status).toBe(204);
  });

  test('each of several rules accepts its own streams', async () => {
    const rules = { 'dcr-a': ['Custom-Sample_CL'], 'dcr-b': [] };
    const several = await openWorkspace({ rules });
    expect((await postRows(several, [{}], { path: path('dcr-a', 'Custom-Sample_CL') })).status).toBe(204);
    expect((await postRows(several, [{}], { path: path('dcr-b', 'Custom-Sample_CL') })).status).toBe(400);
    expect((await postRows(several, [{}])).status).toBe(404);
  });
});
