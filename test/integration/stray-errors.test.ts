import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHost, type FunctionHost, type HostLog } from '../../local/host/host';
import { reportIn } from '../../local/start/report-text';
import { inheritedEnvironment } from '../fakes/inherited-environment';
import { startLoopback, type Loopback } from '../fakes/loopback';
import { buildEntry, type BuiltEntry } from '../local/build-entry';
import { eventually } from '../fakes/eventually';
import { writeOutside } from './outside-folder';
import { realStorage, realWorkspace, variablesFor, variablesOf } from './harness';
import type { RunReport } from '../../shared/contract/run';
import { loadConnectors } from '../../shared/load';

/* A connector's code leaves rejected promises that nothing awaits. The worker and other runs continue. */

const ROOT = join(__dirname, '..', '..');
const INDEX = `import { defineConnector, rest, secret, string, url } from 'tributary/shared';

const table = (name) => ({ name, time: 'at', eventId: 'id', columns: { Headline: string('title') } });
const page = (n) => ({ records: [{ id: String(n), at: new Date().toISOString(), title: 'one' }], checkpoint: { n } });
const never = () => new Promise(() => undefined);
const later = async (ms, token) => {
  await new Promise((done) => setTimeout(done, ms));
  throw new Error('later, with ' + token);
};

// In the worker alone: this test loads it too.
if (globalThis.process.env.JEST_WORKER_ID === undefined) void later(0, 'nothing, while its files are loaded');

export default defineConnector({
  name: 'acme',
  title: 'Acme',
  settings: { url: url('Where Acme answers.'), token: secret('A token.') },
  sources: {
    // Rejected while its own code waits for ever.
    rejects: {
      table: table('AcmeRejects_CL'),
      async *pull({ settings }) {
        yield page(1);
        void later(20, settings.token);
        await never();
      },
    },
    throws: {
      table: table('AcmeThrows_CL'),
      async *pull() {
        yield page(1);
        setTimeout(() => { throw new Error('in a callback'); }, 20);
        await never();
      },
    },
    // Rejected when there is nothing more to read.
    ends: {
      table: table('AcmeEnds_CL'),
      async *pull() {
        void Promise.reject(Object.create(null));
        yield page(1);
      },
    },
    partitioned: {
      table: table('AcmePartitioned_CL'),
      window: { lag: { minMs: 60_000, maxMs: 300_000 } },
      async partitions() {
        void later(5, '');
        await never();
      },
      async *pull() {},
    },
    // Of the door's answer, which nobody waits for.
    asks: {
      table: table('AcmeAsks_CL'),
      async *pull({ http, settings }) {
        void http.request({ url: settings.url + '/gone' });
        await never();
      },
    },
    // Called by whoever ends the run.
    listens: {
      table: table('AcmeListens_CL'),
      async *pull({ signal }) {
        signal.addEventListener('abort', () => { throw new Error('in a listener'); });
        yield page(1);
      },
    },
    signs: {
      table: table('AcmeSigns_CL'),
      pull: rest({
        base: 'url',
        path: '/signed',
        auth: {
          kind: 'signature',
          settings: ['token'],
          sign(_, { token }) {
            void later(5, token);
            return { 'x-signature': 'sig-1' };
          },
        },
        records: '$[*]',
        next: { kind: 'link' },
        stop: { on: 'no-next' },
        resume: 'time',
        since: { in: 'query', name: 'since' },
      }),
    },
    posted: {
      table: table('AcmePosted_CL'),
      settings: { key: secret('A key.') },
      receive: { verify: { kind: 'token', in: 'header', name: 'x-key', secrets: ['key'] } },
      toRow(record) {
        void later(0, 'of ' + record.id);
        return {};
      },
    },
    // Its run is over by then.
    late: {
      table: table('AcmeLate_CL'),
      async *pull({ secret }) {
        void later(3_000, secret('obtained-in-the-run'));
        yield page(1);
      },
    },
    healthy: {
      table: table('AcmeHealthy_CL'),
      async *pull({ http, settings }) {
        for (let n = 1; n <= 5; n++) {
          await http.request({ url: settings.url + '/slow' });
          yield page(n);
        }
      },
    },
  },
});
`;

const outside = writeOutside({ 'connectors/acme/index.ts': INDEX });
const connectors = join(outside, 'connectors');
const out = mkdtempSync(join(tmpdir(), 'tributary-stray-'));
const logs: HostLog[] = [];
const closing: (() => unknown)[] = [];
let worker: BuiltEntry;
let vendor: Loopback;
let host: FunctionHost;
let invoked: Error | undefined;

beforeAll(async () => {
  const entry = join(out, 'dist', 'app.js');
  const options = JSON.stringify({ connectors: [connectors], outfile: entry });
  const script = `import(${JSON.stringify(join(ROOT, 'tools', 'build', 'build.mjs'))}).then((b) => b.buildApp(${options}))`;
  execFileSync(process.execPath, ['-e', script]);
  cpSync(join(ROOT, 'host.json'), join(out, 'host.json'));
  const module: unknown = await import(join(connectors, 'acme'));
  const loaded = loadConnectors([{ name: 'acme', load: () => module }]);
  expect(loaded.broken).toEqual([]);
  const acme = loaded.connectors[0]!;
  worker = buildEntry('local/host/worker/worker.ts');
  vendor = await startLoopback((response, { url }) => {
    if (url === '/gone') return void response.writeHead(404).end();
    if (url?.startsWith('/signed')) {
      const body = JSON.stringify([{ id: '1', at: new Date().toISOString(), title: 'one' }]);
      return void setTimeout(() => response.end(body), 60);
    }
    setTimeout(() => response.end('{}'), 60);
  });
  const storage = realStorage();
  const workspace = await realWorkspace([acme]);
  host = await startHost({
    entry,
    workerEntry: worker.file,
    environment: {
      ...inheritedEnvironment(),
      ...variablesFor(storage, workspace),
      ...variablesOf('acme', { url: vendor.url, token: 'hush-hush', key: 'the-key' }),
    },
    port: 0,
    hostJson: join(out, 'host.json'),
    hostId: 'stray-test',
    storageConnectionString: storage.connectionString,
    onLog: (line) => void logs.push(line),
  });
  closing.push(
    () => host.stop(),
    () => Promise.all([vendor.close(), workspace.close()]),
  );
  invoked = await host.invoke('pull-acme').then(
    () => undefined,
    (error: unknown) => error as Error,
  );
});
afterAll(async () => {
  for (const close of closing) await close();
  worker?.remove();
  [outside, out].forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});

const reportOf = (source: string): RunReport | undefined =>
  logs.flatMap((line) => reportIn(line) ?? []).find((report) => report.source === source);
const saidOf = (source: string): string[] =>
  logs.map(({ message }) => message).filter((line) => line.includes(`"source":"acme/${source}"`));

test.each([
  ['rejects', 1, /^pulling acme\/rejects: Error: later, with \*\*\*, in a promise or a callback/],
  ['throws', 1, /^pulling acme\/throws: Error: in a callback, in a promise or a callback/],
  ['ends', 1, /^pulling acme\/ends: object, in a promise or a callback/],
  ['partitioned', 0, /^pulling acme\/partitioned: Error: later, with /],
  ['asks', 0, /^pulling acme\/asks: ContractError: asking acme\/asks .* 404/],
  ['listens', 1, /^pulling acme\/listens: Error: in a listener, in a promise or a callback/],
  ['signs', 0, /^pulling acme\/signs: Error: later, with \*\*\*, in a promise or a callback/],
])(
  '%s: its run fails with a ContractError, after it delivered what it had read',
  (source, accepted, message) => {
    expect(reportOf(source)).toMatchObject({
      outcome: 'failed',
      accepted,
      error: { name: 'ContractError', message: expect.stringMatching(message) },
    });
  },
);

test('a run beside it continues to its end', async () => {
  await eventually('the healthy one is told', () => reportOf('healthy') !== undefined);
  expect(reportOf('healthy')).toMatchObject({ outcome: 'caught-up', accepted: 5 });
  // The invocation fails because runs failed; the worker does not fail.
  expect(invoked).toMatchObject({ name: 'FailedRunsError' });
});

test('each is logged with its source and its stack, and without a secret', () => {
  for (const source of ['rejects', 'throws', 'partitioned', 'asks', 'listens', 'signs']) {
    expect(saidOf(source)).toEqual([
      expect.stringMatching(/"isRunFailed":true.*"stack":"\w*Error: .*\\n +at /),
    ]);
  }
  expect(logs.map(({ message }) => message).join('\n')).not.toContain('hush-hush');
});

test('a pushed body is delivered whole, and its delivery fails with a ContractError', async () => {
  const post = { id: 'p1', at: new Date().toISOString(), title: 'one' };
  const answer = await fetch(`${host.url}/api/push/acme/posted`, {
    method: 'POST',
    headers: { 'x-key': 'the-key', 'content-type': 'application/json' },
    body: JSON.stringify(post),
  });
  expect(answer.status).toBe(200);
  await eventually('it is delivered', () => reportOf('posted') !== undefined);
  expect(reportOf('posted')).toMatchObject({
    outcome: 'failed',
    fetched: 1,
    accepted: 1,
    error: {
      name: 'ContractError',
      message: expect.stringMatching(/^delivering acme\/posted: Error: later, with of p1, in a promise/),
    },
  });
  expect(saidOf('posted')).toEqual([expect.stringContaining('"isRunFailed":true')]);
});

test('an error from loading a connector’s files is logged with its name, and the worker survives', () => {
  expect(logs.filter(({ message }) => message.includes('while its files are loaded'))).toEqual([
    expect.objectContaining({
      message: expect.stringMatching(/"connector":"acme","error":"Error: later, with/),
    }),
  ]);
});

test('an error after its run is logged too, and the worker survives', async () => {
  expect(reportOf('late')).toMatchObject({ outcome: 'caught-up', accepted: 1 });
  await eventually('the late one is told', () => saidOf('late').length > 0);
  // A secret that its run obtained is still masked.
  expect(saidOf('late')).toEqual([
    expect.stringMatching(/later, with \*\*\*.*"isRunFailed":false|"isRunFailed":false.*later, with \*\*\*/),
  ]);
  expect(saidOf('late').join('')).not.toContain('obtained-in-the-run');
  expect(logs.map(({ message }) => message).join('\n')).not.toMatch(/worker .*(?:gone|exited|ended)/i);
});
