import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { openStore } from '../../local/workspace/store/store';
import { queryFile, type Workspace } from '../../local/workspace/workspace';
import { ask, closeWorkspaces, openWorkspace, postRows } from './workspace-client';

let workspace: Workspace;
beforeAll(async () => {
  workspace = await openWorkspace();
  await postRows(workspace, [{ Text: 'a', Bag: { n: 1 } }]);
});
afterAll(closeWorkspaces);

const query = (sql: unknown) => ask(`${workspace.url}/query`, { body: JSON.stringify({ sql }) });

test('a query returns its columns and rows', async () => {
  const answer = await query('SELECT Text, Bag, 1 AS n, 2 AS n FROM Sample_CL');
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({
    columns: ['Text', 'Bag', 'n', 'n:1'],
    rows: [{ Text: 'a', Bag: { n: 1 }, n: 1, 'n:1': 2 }],
  });
});

test.each([
  ['9007199254740991', 9_007_199_254_740_991],
  ['9007199254740993', '9007199254740993'],
  ['sum(9007199254740993::HUGEINT)', '9007199254740993'],
  ['1.50::DECIMAL(10,2)', 1.5],
  ['12345678901234567.89::DECIMAL(19,2)', '12345678901234567.89'],
  ["TIMESTAMP '2026-01-02 03:04:05'", '2026-01-02T03:04:05.000Z'],
  ["TIMESTAMP '2026-01-02 03:04:05.000007'", '2026-01-02T03:04:05.000007Z'],
  ["TIMESTAMP '1969-12-31 23:59:59.999999'", '1969-12-31T23:59:59.999999Z'],
  ["TIMESTAMPTZ '2026-01-02 03:04:05+02'", '2026-01-02T01:04:05.000Z'],
  ["TIMESTAMP 'infinity'", 'infinity'],
  ["DATE '2026-01-02'", '2026-01-02'],
  ["INTERVAL '1 day'", '1 day'],
  ['\'{"id":9007199254740993}\'::JSON', { id: '9007199254740993' }],
  ["'not json'", 'not json'],
  ["[{'a': 1}]", [{ a: 1 }]],
  ["current_setting('TimeZone')", 'UTC'],
  ['NULL', null],
])('%s is returned as JSON can represent it', async (expression, value) => {
  expect(await workspace.query(`SELECT ${expression} AS value`)).toEqual([{ value }]);
});

test.each([
  'SHOW TABLES',
  'DESCRIBE Sample_CL',
  'SUMMARIZE Sample_CL',
  'FROM Sample_CL',
  'VALUES (1)',
  'EXPLAIN FROM Sample_CL',
  'EXPLAIN ANALYZE SELECT 1',
  'WITH x AS (SELECT 1) FROM x',
  'SELECT unnest([1])',
  '-- why\nSELECT 1;',
  'FROM range(2)',
  "SELECT Bag->>'n' FROM Sample_CL WHERE TimeGenerated <= now()",
])('%s is accepted as a read-only statement', async (sql) => {
  expect((await query(sql)).status).toBe(200);
});

test.each([
  "INSERT INTO Sample_CL (Text) VALUES ('x')",
  "UPDATE Sample_CL SET Text = 'x'",
  'DELETE FROM Sample_CL',
  'DROP TABLE Sample_CL',
  'TRUNCATE Sample_CL',
  'ALTER TABLE Sample_CL DROP COLUMN Text',
  'CREATE TABLE x AS SELECT 1',
  'CREATE TEMP TABLE x AS SELECT 1',
  'CREATE MACRO x() AS 1',
  "COPY Sample_CL TO 'stolen.csv'",
  "COPY Sample_CL FROM '/etc/passwd'",
  "EXPORT DATABASE 'stolen'",
  "ATTACH 'other.db'",
  'DETACH memory',
  'PRAGMA version',
  'PRAGMA enable_profiling',
  'CALL pragma_version()',
  'INSTALL httpfs',
  'LOAD httpfs',
  'SET threads = 1',
  'RESET threads',
  'CHECKPOINT',
  'VACUUM',
  'BEGIN',
  'USE memory',
  'EXPLAIN ANALYZE DELETE FROM Sample_CL',
  'EXPLAIN EXPLAIN SELECT 1',
  'SELECT 1; SELECT 2',
  'SELECT 1; DROP TABLE Sample_CL',
  '',
  '-- nothing',
  "FROM read_csv('/etc/passwd')",
  "FROM read_text('/etc/passwd')",
  "FROM '/etc/passwd.csv'",
  "SELECT (SELECT content FROM read_blob('/etc/passwd'))",
  "FROM glob('/etc/*')",
  "FROM query('SELECT 1')",
  "FROM json_execute_serialized_sql('{}')",
  'FROM enable_logging()',
  'FROM force_checkpoint()',
  'FROM arrow_scan(1::POINTER, 2::POINTER, 3::POINTER)',
  'FROM duckdb_secrets()',
])('%s is refused and changes nothing', async (sql) => {
  const answer = await query(sql);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toEqual({ error: expect.stringMatching(/^running the query: /) });
  expect(await workspace.query('SELECT Text FROM Sample_CL')).toEqual([{ Text: 'a' }]);
});

test('wrong SQL is answered with the database’s message', async () => {
  const answer = await query('SELECT Wrong FROM Sample_CL');
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body).error).toContain('Wrong');
});

test.each([['{"sql":1}'], ['[]'], ['null'], ['SELECT 1'], ['']])('a body %s is refused', async (body) => {
  expect((await ask(`${workspace.url}/query`, { body })).status).toBe(400);
});

test('a query ends when its request is aborted', async () => {
  const store = await openStore(':memory:');
  const endless = 'SELECT count(*) FROM range(1000000000000)';
  await expect(store.query(endless, AbortSignal.timeout(20))).rejects.toThrow(
    'it took too long and was stopped',
  );
  await expect(store.query(endless, AbortSignal.abort())).rejects.toThrow('it took too long and was stopped');
  // Also between the statements of a query.
  for (let turns = 1; turns <= 25; turns++) {
    const leaving = new AbortController();
    const left = store
      .query(endless, leaving.signal)
      .then(String, (error: unknown) => (error as Error).message);
    for (let turn = 0; turn < turns; turn++) await setImmediate();
    leaving.abort();
    expect(await left).toContain('it took too long');
  }
  await store.close();
});

test.each([
  [
    'more text than a service returns',
    "SELECT repeat('x', 2000) FROM range(500000)",
    'more than 104857600 bytes',
  ],
  ['more text in lists', "SELECT [repeat('x', 2000)] FROM range(500000)", 'more than 104857600 bytes'],
  [
    'more memory than the limit',
    "SELECT string_agg(repeat('x', 1000000), '') FROM range(5000)",
    'it exceeded its memory limit; narrow it',
  ],
])('a query that needs %s is refused, and the workspace continues', async (_, sql, sentence) => {
  const answer = await query(sql);
  expect([answer.status, answer.body]).toEqual([400, expect.stringContaining(sentence)]);
  expect(await workspace.query('SELECT Text FROM Sample_CL')).toEqual([{ Text: 'a' }]);
});

test('more rows than a query may return are refused', async () => {
  await expect(workspace.query('FROM range(500001)')).rejects.toThrow('more than 500000 rows');
});

describe('a file that no workspace has open', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'workspace-'));
  });
  afterEach(async () => {
    await closeWorkspaces();
    rmSync(folder, { recursive: true });
  });

  test('is queried under the same rules', async () => {
    const databaseFile = join(folder, 'rows.duckdb');
    const kept = await openWorkspace({ databaseFile });
    await postRows(kept, [{ Text: 'kept' }]);
    await kept.close();
    expect(await queryFile(databaseFile, 'SELECT Text FROM Sample_CL')).toEqual({
      columns: ['Text'],
      rows: [{ Text: 'kept' }],
    });
    await expect(queryFile(databaseFile, 'DELETE FROM Sample_CL')).rejects.toThrow('one SELECT');
    await expect(queryFile(databaseFile, `FROM read_blob('${databaseFile}')`)).rejects.toThrow('read_blob');
  });

  test('that does not exist is reported', async () => {
    await expect(queryFile(join(folder, 'none.duckdb'), 'SELECT 1')).rejects.toThrow('there is no such file');
  });

  test('that is open is not opened', async () => {
    const databaseFile = join(folder, 'rows.duckdb');
    const open = await openWorkspace({ databaseFile });
    await expect(queryFile(databaseFile, 'SELECT 1')).rejects.toThrow('The local workspace has it open');
    await postRows(open, [{ Text: 'still' }]);
    expect(await open.query('SELECT Text FROM Sample_CL')).toEqual([{ Text: 'still' }]);
  });
});
