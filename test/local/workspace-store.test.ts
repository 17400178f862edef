import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../local/workspace/store/store';
import { workspaceTable, type WorkspaceTable } from '../../local/workspace/workspace';
import { allColumns, type Table } from '../../shared/contract/table';
import { closeWorkspaces, openWorkspace, OPTIONS, postLogs, postRows } from './workspace-client';

let folder: string;
let databaseFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'workspace-'));
  databaseFile = join(folder, 'rows.duckdb');
});
afterEach(async () => {
  await closeWorkspaces();
  rmSync(folder, { recursive: true });
});

const sampleTable = OPTIONS.tables[0] as WorkspaceTable;
const tableWith = (...columns: WorkspaceTable['columns'][number][]): WorkspaceTable => ({
  ...sampleTable,
  columns,
});

test('every row of a hundred simultaneous posts is stored', async () => {
  const workspace = await openWorkspace({ databaseFile });
  const posts = Array.from({ length: 100 }, (_, i) =>
    i % 2 === 0
      ? postRows(workspace, [{ Count: i }, { Count: i }])
      : postLogs(workspace, [{ [`p${i}`]: i }], { headers: { 'log-type': 'Many' } }),
  );
  const answers = await Promise.all(posts);
  expect(answers.filter(({ status }) => status >= 300)).toEqual([]);
  expect(
    await workspace.query('SELECT count(*) AS n, count(DISTINCT "Count") AS posts FROM Sample_CL'),
  ).toEqual([{ n: 100, posts: 50 }]);
  expect(await workspace.query('SELECT count(*) AS n, sum(p99_d) AS p99 FROM Many_CL')).toEqual([
    { n: 50, p99: 99 },
  ]);
});

test('rows, tables and columns survive a restart', async () => {
  const first = await openWorkspace({ databaseFile });
  await postRows(first, [{ Text: 'declared' }]);
  await postLogs(first, [{ a: 1, b: { c: 'x' } }], { headers: { 'log-type': 'Classic' } });
  await first.close();
  const second = await openWorkspace({ databaseFile });
  await postRows(second, [{ Text: 'again' }]);
  await postLogs(second, [{ a: '2', d: true }], { headers: { 'log-type': 'Classic' } });
  expect(await second.query('SELECT Text FROM Sample_CL ORDER BY Text')).toEqual([
    { Text: 'again' },
    { Text: 'declared' },
  ]);
  expect(await second.query('SELECT a_d, b_c_s, d_b FROM Classic_CL ORDER BY a_d')).toEqual([
    { a_d: 1, b_c_s: 'x', d_b: null },
    { a_d: 2, b_c_s: null, d_b: true },
  ]);
});

test('a definition with new columns adds them to its table', async () => {
  const first = await openWorkspace({ databaseFile, tables: [tableWith({ name: 'Text', type: 'string' })] });
  await postRows(first, [{ Text: 'a' }]);
  await first.close();
  const tables = [tableWith({ name: 'Added', type: 'long' }, { name: 'Text', type: 'string' })];
  const second = await openWorkspace({ databaseFile, tables });
  await postRows(second, [{ Text: 'b', Added: 2 }]);
  expect(await second.query('SELECT Text, Added FROM Sample_CL ORDER BY Text')).toEqual([
    { Text: 'a', Added: null },
    { Text: 'b', Added: 2 },
  ]);
});

test.each([
  ['another type', [tableWith({ name: 'Text', type: 'int' })], 'column Text of type string'],
  [
    'a name of the service',
    [tableWith({ name: 'TenantId', type: 'string' })],
    'fills column TenantId itself',
  ],
  ['a name that differs only in case', [tableWith({ name: 'TEXT', type: 'string' })], 'TEXT of type string'],
  ['a stream of another table', [sampleTable, { ...sampleTable, name: 'Second_CL' }], 'Rename one'],
])('a definition with %s is refused, and the file is released', async (_, tables, reason) => {
  const first = await openWorkspace({ databaseFile });
  await first.close();
  await expect(openWorkspace({ databaseFile, tables })).rejects.toThrow(reason);
  expect(await (await openWorkspace({ databaseFile })).query('FROM Sample_CL')).toEqual([]);
});

test('rows that cannot be stored fail alone, without the others of their commit', async () => {
  const store = await openStore(':memory:');
  const shape = store.catalog.table('Any_CL');
  shape.add({ name: 'N', type: 'int' });
  const writes = [[1], ['no number'], [2]].map((row) => store.write([{ shape, rows: [row] }]));
  const results = await Promise.allSettled([store.write([{ shape, rows: [] }]), ...writes]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect((await store.query('SELECT N FROM Any_CL ORDER BY N')).rows).toEqual([{ N: 1 }, { N: 2 }]);
  await store.close();
});

test('a connector’s table has the same columns in the workspace, in the same order', () => {
  const table: Table = {
    name: 'Vendor_CL',
    time: 'at',
    columns: { Id: { type: 'string' }, Score: { type: 'int' } },
  };
  const made = workspaceTable(table);
  expect(made).toMatchObject({ name: 'Vendor_CL', stream: 'Custom-Vendor_CL' });
  expect(made.columns).toEqual(Object.entries(allColumns(table)).map(([name, { type }]) => ({ name, type })));
});
