import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../local/workspace/store/database';
import { queryFile } from '../../local/workspace/query/query';
import { workspaceTable, type Workspace } from '../../local/workspace/workspace';
import { string } from '../../shared/kit/column-makers';
import { ask, closeWorkspaces, openWorkspace, postRows, RULE } from './workspace-client';

const table = workspaceTable({ name: 'Acme_CL', time: 'at', columns: { Said: string('said') } });
const path = `/dataCollectionRules/${RULE}/streams/Custom-Acme_CL?api-version=2023-01-01`;
const post = (at: Workspace, rows: unknown) => postRows(at, rows, { path });
const row = (EventId: string | null, Said: string, Instance = 'default') => ({ EventId, Instance, Said });

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

test('a batch that was stored without an answer, and sent again, counts once in the view', async () => {
  const workspace = await openWorkspace({ tables: [table] });
  const batch = [row('a', 'one'), row('b', 'two')];
  const cut = [{ api: 'logs-ingestion', times: 1, do: 'close-before-answer' }];
  await ask(`${workspace.url}/behave`, { body: JSON.stringify(cut) });
  await expect(post(workspace, batch)).rejects.toThrow('socket hang up');
  expect((await post(workspace, batch)).status).toBe(204);
  expect(await workspace.query('SELECT count(*) AS n FROM Acme_CL')).toEqual([{ n: 4 }]);
  expect(await workspace.query('SELECT EventId, Said FROM AcmeUnique ORDER BY 1')).toEqual([
    { EventId: 'a', Said: 'one' },
    { EventId: 'b', Said: 'two' },
  ]);
});

test('the view shows the copy that was received last', async () => {
  let at = 0;
  const now = (): Date => new Date(Date.UTC(2026, 10, 21, 12, 0, at++));
  const workspace = await openWorkspace({ tables: [table], now });
  for (const said of ['first', 'second', 'third']) await post(workspace, [row('a', said)]);
  expect(await workspace.query('SELECT Said FROM AcmeUnique')).toEqual([{ Said: 'third' }]);
});

test('for a table that a webhook fills the view shows the copy received first, even after reopening', async () => {
  let at = 0;
  const now = (): Date => new Date(Date.UTC(2026, 10, 21, 12, 0, at++));
  const pushed = { ...table, isPushed: true as const };
  // An earlier version created the view for the last copy.
  await (await openWorkspace({ databaseFile, tables: [table], now })).close();
  for (const said of ['first', 'second']) {
    const workspace = await openWorkspace({ databaseFile, tables: [pushed], now });
    await post(workspace, [row('a', said)]);
    expect(await workspace.query('SELECT Said FROM AcmeUnique')).toEqual([{ Said: 'first' }]);
    await workspace.close();
  }
});

test('rows without an id, and equal ids of two tenants, are not copies', async () => {
  const workspace = await openWorkspace({ tables: [table] });
  const rows = [row(null, 'x'), row(null, 'x'), row('', 'x'), row('a', 'x', 'eu'), row('a', 'x', 'us')];
  await post(workspace, rows);
  expect(await workspace.query('SELECT count(*) AS n FROM AcmeUnique')).toEqual([{ n: 5 }]);
});

test('a table without a connector has no view', async () => {
  const workspace = await openWorkspace();
  await expect(workspace.query('SELECT * FROM SampleUnique')).rejects.toThrow('SampleUnique');
});

test('a table that gets new columns shows them in the view, even in the closed file', async () => {
  const first = await openWorkspace({ databaseFile, tables: [table] });
  await post(first, [row('a', 'one')]);
  await first.close();
  const columns = [...table.columns, { name: 'Added', type: 'int' as const }];
  const second = await openWorkspace({ databaseFile, tables: [{ ...table, columns }] });
  await post(second, [{ ...row('b', 'two'), Added: 7 }]);
  await second.close();
  const { rows } = await queryFile(databaseFile, 'SELECT EventId, Added FROM AcmeUnique ORDER BY 1');
  expect(rows).toEqual([
    { EventId: 'a', Added: null },
    { EventId: 'b', Added: 7 },
  ]);
});

test('a file from before the views gets them when it is opened', async () => {
  const first = await openWorkspace({ databaseFile, tables: [table] });
  await first.close();
  const database = await openDatabase(databaseFile, 'write');
  await database.connection.run('DROP VIEW AcmeUnique');
  database.close();
  const second = await openWorkspace({ databaseFile, tables: [table] });
  expect(await second.query('SELECT count(*) AS n FROM AcmeUnique')).toEqual([{ n: 0 }]);
});
