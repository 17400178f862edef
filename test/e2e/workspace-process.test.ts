import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ReplyMessage } from '../../local/workspace/main';
import { closeWorkspaces, openWorkspace, OPTIONS, postLogs, postRows } from '../local/workspace-client';

const ROOT = resolve(__dirname, '../..');
const ESBUILD = join(ROOT, 'node_modules/.bin/esbuild');

let folder: string;
let databaseFile: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'workspace-'));
  const entry = join(ROOT, 'local/workspace/main.ts');
  execFileSync(ESBUILD, [
    entry,
    '--bundle',
    '--platform=node',
    '--packages=external',
    '--log-level=error',
    `--outfile=${folder}/main.js`,
  ]);
});
beforeEach(() => {
  databaseFile = join(mkdtempSync(join(folder, 'file-')), 'rows.duckdb');
});
afterEach(closeWorkspaces);
afterAll(() => rmSync(folder, { recursive: true }));

async function startChild(
  options: object = {},
): Promise<{ readonly child: ChildProcess; readonly reply: ReplyMessage }> {
  const env = { ...process.env, NODE_PATH: join(ROOT, 'node_modules') };
  const child = fork(join(folder, 'main.js'), { env, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  child.send({ kind: 'start', options: { ...OPTIONS, databaseFile, ...options } });
  const [reply] = (await once(child, 'message')) as [ReplyMessage];
  return { child, reply };
}

function urlOf(reply: ReplyMessage): string {
  if (reply.kind === 'ready') return reply.url;
  throw new Error(reply.message);
}

test('acknowledged rows survive kill -9', async () => {
  const { child, reply } = await startChild();
  const at = { url: urlOf(reply) };
  const posts = Array.from({ length: 40 }, (_, i) => [
    postRows(at, [{ Count: i }]),
    postLogs(at, [{ [`p${i % 5}`]: i }], { headers: { 'log-type': 'Classic' } }),
  ]).flat();
  const statuses = (await Promise.all(posts)).map(({ status }) => status);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(new Set(statuses)).toEqual(new Set([200, 204]));
  const again = await openWorkspace({ databaseFile });
  expect(await again.query('SELECT count(*) AS n FROM Sample_CL')).toEqual([{ n: 40 }]);
  expect(await again.query('SELECT count(*) AS n FROM Classic_CL')).toEqual([{ n: 40 }]);
});

test.each([
  ['its parent is gone', (child: ChildProcess) => child.disconnect()],
  ['it is asked to', (child: ChildProcess) => child.kill('SIGTERM')],
])('it ends cleanly when %s', async (_, end) => {
  const { child, reply } = await startChild();
  await postRows({ url: urlOf(reply) }, [{ Text: 'kept' }]);
  end(child);
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await (await openWorkspace({ databaseFile })).query('SELECT Text FROM Sample_CL')).toEqual([
    { Text: 'kept' },
  ]);
});

test('Ctrl-C does not end it; its parent does', async () => {
  const { child, reply } = await startChild();
  child.kill('SIGINT');
  expect((await postRows({ url: urlOf(reply) }, [{}])).status).toBe(204);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a failed start is reported to its parent', async () => {
  const open = await openWorkspace({ databaseFile });
  const { child, reply } = await startChild();
  expect(reply).toEqual({
    kind: 'failed',
    message: expect.stringContaining('The local workspace has it open'),
  });
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(await open.query('FROM Sample_CL')).toEqual([]);
});
