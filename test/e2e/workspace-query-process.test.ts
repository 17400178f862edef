import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runQueryProcess } from '../../local/workspace/query/process';
import type { Workspace } from '../../local/workspace/workspace';
import { buildEntry, type BuiltEntry } from '../local/build-entry';
import { ask, closeWorkspaces, openWorkspace, postRows } from '../local/workspace-client';

let folder: string;
let databaseFile: string;
let entry: BuiltEntry;
let workspace: Workspace;
beforeAll(async () => {
  entry = buildEntry('local/workspace/query/main.ts');
  folder = mkdtempSync(join(tmpdir(), 'workspace-'));
  databaseFile = join(folder, 'rows.duckdb');
  mkdirSync(`${databaseFile}.query-left`);
  writeFileSync(join(`${databaseFile}.query-left`, 'rows.duckdb'), 'of a workspace that was killed');
  workspace = await openWorkspace({ databaseFile, queryEntry: entry.file });
  await postRows(workspace, [{ Text: 'a' }]);
});
afterEach(() => {
  expect(readdirSync(folder).filter((name) => name.includes('.query-'))).toEqual([]);
});
afterAll(async () => {
  await closeWorkspaces();
  entry.remove();
  rmSync(folder, { recursive: true });
});

const query = async (sql: string): Promise<readonly [status: number, answer: Record<string, unknown>]> => {
  const { status, body } = await ask(`${workspace.url}/query`, { body: JSON.stringify({ sql }) });
  return [status, JSON.parse(body) as Record<string, unknown>];
};
const count = async (): Promise<unknown> => (await query('SELECT count(*) AS n FROM Sample_CL'))[1]['rows'];

test('a query that takes more than 3 GB in one row ends its own process, and the workspace continues', async () => {
  const peakBefore = process.resourceUsage().maxRSS;
  // The database does not count this memory.
  expect(await query("SELECT length(repeat('x', 4000000000))")).toEqual([
    400,
    { error: 'running the query: it exceeded its memory limit; narrow it' },
  ]);
  expect(process.resourceUsage().maxRSS - peakBefore).toBeLessThan(500_000);
  expect((await postRows(workspace, [])).status).toBe(204);
});

test('a query finds every row that was acknowledged before it, while more rows are written', async () => {
  let acknowledged = 1;
  let isWriting = true;
  const write = async (): Promise<void> => {
    while (isWriting) {
      const rows = Array.from({ length: 100 }, () => ({ Text: 'x'.repeat(1000) }));
      expect((await postRows(workspace, rows)).status).toBe(204);
      acknowledged += rows.length;
    }
  };
  const writing = write();
  for (let i = 0; i < 3; i++) {
    const before = acknowledged;
    const [row] = (await count()) as [{ n: number }];
    expect(row.n).toBeGreaterThanOrEqual(before);
    expect(row.n % 100).toBe(1);
  }
  isWriting = false;
  await writing;
  expect(await count()).toEqual([{ n: acknowledged }]);
});

test('the query process has the same rules as every other query', async () => {
  expect(await query('DELETE FROM Sample_CL')).toEqual([
    400,
    { error: expect.stringContaining('one SELECT') },
  ]);
  expect(await query("FROM read_text('/etc/passwd')")).toEqual([
    400,
    { error: expect.stringContaining('it calls read_text()') },
  ]);
  expect(await query('SELECT 1 AS n, 1 AS n')).toEqual([
    200,
    { columns: ['n', 'n:1'], rows: [{ n: 1, 'n:1': 1 }] },
  ]);
});

test('a query ends when its request is aborted', async () => {
  const endless = { entry: entry.file, databaseFile, sql: 'SELECT count(*) FROM range(1000000000000)' };
  await expect(
    runQueryProcess({ ...endless, whileStill: (copy) => copy(), signal: AbortSignal.timeout(1000) }),
  ).rejects.toThrow('it took too long and was stopped');
});

test('the next query reuses the process, unless the previous one took much memory', async () => {
  const [started, counted] = [join(folder, 'started'), join(folder, 'counted.js')];
  writeFileSync(
    counted,
    `require('node:fs').appendFileSync(${JSON.stringify(started)}, 'x'); require(${JSON.stringify(entry.file)});`,
  );
  const run = (sql: string): Promise<string> =>
    runQueryProcess({ entry: counted, databaseFile, sql, whileStill: (copy) => copy() });
  await run('SELECT 1');
  await expect(run('SELECT none')).rejects.toThrow('running the query: ');
  expect(await run('SELECT 2 AS n')).toContain('"n":2');
  expect(readFileSync(started, 'utf8')).toBe('x');
  expect((await run("SELECT repeat('x', 1000000) AS t FROM range(95)")).length).toBeGreaterThan(95_000_000);
  expect(await run('SELECT 4 AS n')).toContain('"n":4');
  expect(readFileSync(started, 'utf8')).toBe('xx');
  // Freed memory still counts against its limit: the next query would fail when it opens the file.
  await run("SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(170)");
  expect(await run('SELECT 5 AS n')).toContain('"n":5');
  const inOne = process.platform === 'linux' ? 'xxx' : /^xxx?$/;
  expect(readFileSync(started, 'utf8')).toMatch(inOne);
});

test('a process that the system ends is reported as over its memory limit', async () => {
  const file = join(folder, 'ended.js');
  writeFileSync(
    file,
    "process.on('message', () => process.exit(127)); process.send({ kind: 'done', json: '', heldBytes: 0 });",
  );
  await expect(runQueryProcess({ entry: file, databaseFile, sql: 'SELECT 1' })).rejects.toThrow(
    'running the query: it exceeded its memory limit; narrow it',
  );
});

test('a process that does not start is reported', async () => {
  await expect(
    runQueryProcess({ entry: join(folder, 'none.js'), databaseFile, sql: 'SELECT 1' }),
  ).rejects.toThrow('running the query: its process ended (1)');
});
