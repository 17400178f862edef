import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LOCAL_WORKSPACE } from '../../local/start/app-environment';
import { eventually } from '../fakes/eventually';

/* The app is killed while it accepts and delivers pushes: everything answered with 200 is in the workspace. */

const ROOT = join(__dirname, '..', '..');
const POSTS = 400;
const { workspaceId, workspaceKey } = LOCAL_WORKSPACE;
const folder = mkdtempSync(join(tmpdir(), 'tributary-push-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** True if it was answered 200; otherwise the client keeps its records and posts them again. */
async function post(host: string, number: number): Promise<boolean> {
  const body = JSON.stringify([{ number }]);
  const date = new Date().toUTCString();
  const text = `POST\n${body.length}\napplication/json\nx-ms-date:${date}\n/api/logs`;
  const key = Buffer.from(workspaceKey, 'base64');
  const headers = {
    authorization: `SharedKey ${workspaceId}:${createHmac('sha256', key).update(text).digest('base64')}`,
    'content-type': 'application/json',
    'log-type': 'Kill',
    'x-ms-date': date,
  };
  const url = `${host}/api/logs?api-version=2016-04-01`;
  const answer = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined);
  return answer?.status === 200;
}

test('after kill -9 in the middle every record that was answered with 200 arrives, and the ledger is right', async () => {
  const words = ['start', '--json', '--no-simulators', '--port', '0', '--data', folder];
  const child = spawn(process.execPath, [join(ROOT, 'tools', 'bin', 'tributary'), ...words], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { host, processes, workspace } = JSON.parse(line) as {
      readonly host: string;
      readonly workspace: string;
      readonly processes: { readonly app: number };
    };
    let [next, refused] = [0, 0];
    const work = async (): Promise<void> => {
      while (next < POSTS) {
        const number = next++;
        if (number === POSTS / 2) process.kill(processes.app, 'SIGKILL');
        while (!(await post(host, number))) refused++;
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    expect(refused).toBeGreaterThan(0);
    const sql = 'SELECT count(DISTINCT number_d) AS records FROM "Kill_CL"';
    await eventually('every record', async () => {
      const answer = await fetch(`${workspace}/query`, { method: 'POST', body: JSON.stringify({ sql }) });
      if (!answer.ok) return false;
      const { rows } = (await answer.json()) as { rows: { records: number }[] };
      return rows[0]?.records === POSTS;
    });
    const ledger = async () => {
      const answer = await fetch(`${host}/api/connectors`);
      const { spool } = (await answer.json()) as { spool: { ledger: Record<string, number> }[] };
      return spool[0]?.ledger;
    };
    await eventually('an empty spool', async () => (await ledger())?.['pending'] === 0);
    const { delivered = 0, stored = 0 } = (await ledger()) ?? {};
    expect(stored).toBe(delivered);
    expect(stored).toBeGreaterThanOrEqual(POSTS);
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
});
