import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startConnectProxy } from '../fakes/connect-proxy';
import { INVENTED } from './invented';
import { eventually, isAlive } from '../fakes/eventually';

/* The built command line in its own processes, as a new user types it. */

const data = mkdtempSync(join(tmpdir(), 'tributary-start-'));
const env = { ...process.env, ACME_START: '7d', GLOBEX_START: '7d' };

afterAll(() => rmSync(data, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs a command to its end. */
async function tributary(words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(INVENTED, 'tools', 'bin', 'tributary'), ...words], {
    cwd: INVENTED,
    env: { ...env, ...more },
  });
  const [out, error] = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString();
  }) as [() => string, () => string];
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out: out(), error: error() };
}

interface Addresses {
  readonly host: string;
  readonly processes: Readonly<Record<'app' | 'storage' | 'workspace' | 'vendor', number>>;
  readonly workspace: string;
  readonly vendor: string;
}

/** A running `start --json`, with its reported runs. */
interface Started {
  readonly child: ChildProcess;
  readonly addresses: Addresses;
  readonly runs: { readonly source: string; readonly outcome: string }[];
  /** Its standard error so far. */
  error(): string;
}

const started: ChildProcess[] = [];
afterAll(() => started.forEach((child) => child.kill('SIGKILL')));

async function startHere(...more: string[]): Promise<Started> {
  const words = ['start', '--json', '--port', '0', '--data', data, ...more];
  const child = spawn(process.execPath, [join(INVENTED, 'tools', 'bin', 'tributary'), ...words], {
    cwd: INVENTED,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, to which a signal can be sent.
    detached: true,
  });
  started.push(child);
  let error = '';
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
  const lines = createInterface({ input: child.stdout });
  const runs: Started['runs'] = [];
  const addresses = await new Promise<Addresses>((found) => {
    lines.on('line', (line) => {
      const said = JSON.parse(line) as Addresses & { run?: Started['runs'][number] };
      if (said.run === undefined) found(said);
      else runs.push(said.run);
    });
  });
  return { child, addresses, runs, error: () => error };
}

async function query<T>(sql: string): Promise<T[]> {
  const { error, out } = await tributary(['query', '--json', '--data', data, sql]);
  expect(error).toBe('');
  return JSON.parse(out) as T[];
}

test('start --once runs every source, even behind a proxy, names an unknown variable once, and exits 0', async () => {
  const proxy = await startConnectProxy();
  const more = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, ACME_TOKN: 'mistyped' };
  const { code, error, out } = await tributary(['start', '--once', '--port', '0', '--data', data], more);
  await proxy.close();
  expect({ code, error }).toEqual({
    code: 0,
    error: 'warning: {"msg":"variables that no connector knows","names":["ACME_TOKN"]}\n',
  });
  expect([...proxy.targets, ...proxy.read]).toEqual([]);
  const rows = out.split('\n').filter((line) => /caught-up$/.test(line) && / yes /.test(line));
  expect(rows.map((row) => row.split(' ')[0])).toEqual(
    expect.arrayContaining(['acme/systemLog', 'globex/auditEvents']),
  );
});

/** Starts, and signals every program of the terminal as Ctrl-C does, once a line matches. */
async function interrupted(line: RegExp, ...more: string[]): Promise<Ended & { readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-interrupted-'));
  const words = ['start', '--port', '0', '--data', folder, ...more];
  const child = spawn(process.execPath, [join(INVENTED, 'tools', 'bin', 'tributary'), ...words], {
    cwd: INVENTED,
    env,
    detached: true,
  });
  started.push(child);
  let [out, error, isSent] = ['', '', false];
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    if (!isSent && line.test(out)) isSent = process.kill(-child.pid!, 'SIGINT');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  rmSync(folder, { recursive: true, force: true });
  return { code, out, error, folder };
}

test.each([
  ['while it starts', /ready after/],
  ['while the sources run for the first time', /runs now, then \d\d:\d\d:\d\d UTC/],
])(
  'start says what it does; at Ctrl-C %s it says once that it stops, and reports no failures',
  async (_, line) => {
    const { code, error, out } = await interrupted(line);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toMatch(/^Tributary is starting …\n/);
    expect(out).toMatch(/^ {2}(?:storage|workspace|vendors) +ready after \d+\.\d s$/m);
    expect(out.match(/^Stopping …$/gm)).toHaveLength(1);
    expect(out).not.toContain('Three things to try');
    expect(out).not.toMatch(/Stopping …[^]* ready after/);
  },
);

test('a port that another program uses is reported before anything starts', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { code, error, out } = await tributary(['start', '--port', String(port), '--data', data]);
  other.close();
  expect({ code, out }).toEqual({ code: 2, out: 'Tributary is starting …\n' });
  expect(error).toBe(
    `listening on 127.0.0.1:${port}: another program uses it. Stop that one, or choose another port with --port.\n`,
  );
});

test('run --json prints one object with the documented members and nothing else', async () => {
  const { code, error, out } = await tributary([
    'run',
    'globex/itemUsages',
    '--once',
    '--json',
    '--data',
    data,
  ]);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  const { runs } = JSON.parse(out) as { runs: object[] };
  expect(runs).toHaveLength(1);
  expect(Object.keys(runs[0]!)).toEqual([
    'connector',
    'instance',
    'source',
    'table',
    'pages',
    'fetched',
    'accepted',
    'duplicate',
    'filtered',
    'deadLettered',
    'pending',
    'durationMs',
    'outcome',
  ]);
});

test('while start runs, kill -9 of the app loses nothing, and SIGTERM to its group ends everything in order', async () => {
  const { addresses, child, error, runs } = await startHere('--fresh');
  const { app, ...children } = addresses.processes;
  expect([app, ...Object.values(children)].every(isAlive)).toBe(true);

  process.kill(app, 'SIGKILL');
  await eventually('the app is back', async () => {
    const status = (await (await fetch(`${addresses.host}/admin/host/status`)).json()) as {
      processId?: number;
    };
    return status.processId !== undefined && status.processId !== app;
  });
  const before = runs.length;
  await fetch(`${addresses.host}/admin/functions/pull-acme`, { method: 'POST', body: '{}' });
  await eventually('it has run again', () =>
    runs.slice(before).some(({ outcome, source }) => source === 'systemLog' && outcome === 'caught-up'),
  );
  const published = (await (
    await fetch(`${addresses.vendor}/published?connector=acme&source=systemLog`)
  ).json()) as { uuid: string }[];
  const stored = await query<{ id: string }>('SELECT DISTINCT "EventId" AS id FROM "AcmeSystemLog_CL"');
  const ids = new Set(stored.map(({ id }) => id));
  const settled = published.slice(0, -5);
  expect(settled.filter(({ uuid }) => !ids.has(uuid))).toEqual([]);

  const second = await tributary(['start', '--data', data, '--port', '0']);
  expect(second).toMatchObject({ code: 2, error: expect.stringContaining('in use by another process') });
  const run = await tributary(['run', 'acme', '--data', data]);
  expect(run).toMatchObject({ code: 0, error: '' });

  // Each part has its own process group, which that signal does not reach: no part ends before those that still write to it.
  for (const pid of Object.values(children)) expect(process.kill(-pid, 0)).toBe(true);
  const said = error();
  process.kill(-child.pid!, 'SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(error().slice(said.length)).not.toMatch(/ended|again/);
  expect(Object.values(children).filter(isAlive)).toEqual([]);
});

test('a killed workspace restarts with its data and receives what it missed; killed storage ends start', async () => {
  const { addresses, child, runs } = await startHere('--fresh');
  process.kill(addresses.processes.workspace, 'SIGKILL');
  await eventually('the workspace is back', async () => {
    const health = await fetch(`${addresses.workspace}/health`).catch(() => undefined);
    return health?.ok === true;
  });
  const before = runs.length;
  await fetch(`${addresses.host}/admin/functions/pull-acme`, { method: 'POST', body: '{}' });
  const isDone = (): boolean =>
    runs.slice(before).some((run) => run.source === 'systemLog' && run.outcome === 'caught-up');
  await eventually('it has run', isDone);
  const [row] = await query<{ n: number }>('SELECT count(DISTINCT "EventId") AS n FROM "AcmeSystemLog_CL"');
  expect(row?.n).toBeGreaterThanOrEqual(200);

  process.kill(addresses.processes.storage, 'SIGKILL');
  expect(await once(child, 'exit')).toEqual([1, null]);
});

test('when start itself is killed its children end, and the next start continues with the vendors at the same addresses', async () => {
  const portIn = (): number => Number(readFileSync(join(data, 'vendor-port'), 'utf8'));
  const { addresses, child } = await startHere();
  const children = Object.values(addresses.processes);
  child.kill('SIGKILL');
  await eventually('every child is gone', () => children.every((pid) => !isAlive(pid)));
  const kept = portIn();
  const words = ['start', '--once', '--port', '0', '--data', data];
  const { code, out } = await tributary(words);
  expect({ code, unbalanced: out.includes(' NO ') }).toEqual({ code: 0, unbalanced: false });
  expect(portIn()).toBe(kept);

  // Another program has the vendors' port: they move, and their sources continue.
  const other = createServer().listen(kept, '127.0.0.1');
  await once(other, 'listening');
  const moved = await tributary(words);
  other.close();
  expect([moved.code, moved.error]).toEqual([0, '']);
  expect(portIn()).not.toBe(kept);
  expect(moved.out).not.toContain('another account');
});

test('a command that reads a data folder adds no table to it, and no start time for its vendors', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-looked-at-'));
  cpSync(join(data, 'storage'), join(folder, 'storage'), { recursive: true });
  const { code, error, out } = await tributary(['state', 'list', '--data', folder]);
  expect({ code, error, out }).toEqual({
    code: 0,
    error: '',
    out: expect.stringContaining('acme/systemLog'),
  });
  expect(readdirSync(folder).sort()).toEqual(['.tributary-data', 'storage', 'workspace.duckdb']);
  const sql = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'Acme%'";
  expect((await tributary(['query', '--json', '--data', folder, sql])).out).toBe('[]\n');
  const reconciled = await tributary(['reconcile', 'acme', '--data', folder]);
  expect(reconciled).toMatchObject({ code: 1, error: '', out: expect.stringContaining('AcmeSystemLog_CL') });
  rmSync(folder, { recursive: true, force: true });
});

test('when its output is closed, start stops as if it had been asked to', async () => {
  const { addresses, child } = await startHere();
  child.stdout?.destroy();
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(Object.values(addresses.processes).filter(isAlive)).toEqual([]);
});

test('the ledger of start --once counts what the Data Collector API stored', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-classic-'));
  const words = ['start', '--once', '--json', '--port', '0', '--data', folder];
  const { code, out } = await tributary(words, { SINK: 'data-collector' });
  rmSync(folder, { recursive: true, force: true });
  const last = out.trim().split('\n').at(-1) ?? '';
  const { ledger } = JSON.parse(last) as {
    ledger: { ledger: { accepted: number }; stored: { rows: number; events: number } }[];
  };
  expect(code).toBe(0);
  expect(ledger.length).toBeGreaterThan(0);
  for (const row of ledger) {
    expect(row.stored).toEqual({ rows: row.ledger.accepted, events: row.ledger.accepted });
  }
});

test.each([
  [
    'half the settings',
    ['run', 'acme'],
    { ACME_URL: 'https://example.acme.com' },
    2,
    'ACME_TOKEN is not set',
  ],
  ['a connector that is not there', ['run', 'nothing'], {}, 2, 'There is no connector nothing'],
  ['a word it does not know', ['frobnicate'], {}, 2, "unknown command 'frobnicate'"],
  ['an invalid port', ['start', '--port', 'http'], {}, 2, 'A port is a number'],
  [
    'a query that writes',
    ['query', 'DROP TABLE "AcmeSystemLog_CL"'],
    {},
    1,
    'not a single read-only statement',
  ],
])('%s: one clear sentence', async (_what, words, more, code, sentence) => {
  const needsData = words[0] === 'run' || words[0] === 'query' ? ['--data', data] : [];
  const ended = await tributary([...words, ...needsData], more);
  expect(ended.code).toBe(code);
  expect(ended.error).toContain(sentence);
});

test('without simulators and settings it starts, says so, and lists what each connector needs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bare-'));
  const { code, out } = await tributary([
    'start',
    '--once',
    '--no-simulators',
    '--port',
    '0',
    '--data',
    folder,
  ]);
  rmSync(folder, { recursive: true, force: true });
  expect(code).toBe(0);
  expect(out).toContain('No source is on');
  expect(out).toContain('ACME_URL, ACME_TOKEN');
});
