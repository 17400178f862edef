import { createHmac } from 'node:crypto';
import { request as ask, Agent } from 'node:http';
import { join } from 'node:path';
import type { HostLog } from '../../local/host/host';
import { startHost, type FunctionHost } from '../../local/host/host';
import { LOCAL_WORKSPACE } from '../../local/start/app-environment';
import { inheritedEnvironment } from '../fakes/inherited-environment';
import { appWith, realStorage, type TestStorage } from './harness';
import { buildEntry } from '../local/build-entry';

/* Malformed posts to the built app in the function host. */

const REQUESTS = 1_000;
const AT_ONCE = 32;
const ROOT = join(__dirname, '..', '..');
const { workspaceId, workspaceKey } = LOCAL_WORKSPACE;
/** A text in every body, which must appear in no log. */
const MARK = 'xyzzy-of-a-body';
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
const lines: HostLog[] = [];
let storage: TestStorage;
let host: FunctionHost;
let env: Record<string, string>;

beforeAll(async () => {
  storage = realStorage();
  env = {
    AzureWebJobsStorage: storage.connectionString,
    PUSH_KEYS: JSON.stringify({ [workspaceId]: [workspaceKey] }),
  };
  const worker = buildEntry('local/host/worker/worker.ts');
  host = await startHost({
    entry: join(ROOT, 'dist', 'app.js'),
    workerEntry: worker.file,
    environment: {
      ...inheritedEnvironment(),
      ...env,
      'AzureWebJobs.sweep.Disabled': 'true',
      'AzureWebJobs.deliver.Disabled': 'true',
    },
    port: 0,
    hostJson: join(ROOT, 'host.json'),
    hostId: 'malformed',
    storageConnectionString: storage.connectionString,
    onLog: (line) => void lines.push(line),
  });
});
afterAll(async () => {
  agent.destroy();
  await host.stop();
});

/** The same requests in every run: numbers from one seed (Park and Miller). */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

type Headers = Record<string, string>;

interface Bad {
  readonly body: Buffer;
  readonly headers: Headers;
  readonly path: string;
}

function sign(body: Buffer, type = 'application/json', key = workspaceKey): Headers {
  const date = new Date().toUTCString();
  const text = `POST\n${body.length}\n${type}\nx-ms-date:${date}\n/api/logs`;
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
  return {
    'content-type': type,
    'log-type': 'Bad',
    'x-ms-date': date,
    authorization: `SharedKey ${workspaceId}:${signature}`,
  };
}

const SOUND = Buffer.from(JSON.stringify([{ text: MARK }]));
const PATH = '/api/logs?api-version=2016-04-01';

/** Correctly signed, with a wrong body. */
const BODIES: readonly ((roll: (below: number) => number) => string | Buffer)[] = [
  () => '',
  () => `"${MARK}"`,
  () => `[{"text":"${MARK}"}`,
  () => `[{"text":"${MARK}"}]]`,
  () => `[{"text":"${MARK}"},1]`,
  () => `[{"a b":"${MARK}"}]`,
  () => `{"text":"${MARK}`,
  () => `<xml>${MARK}</xml>`,
  () => `[{"text":'${MARK}'}]`,
  () => `[{"text":NaN,"more":"${MARK}"}]`,
  (roll) => `[{"text":${'['.repeat(101 + roll(5_000))}"${MARK}"`,
  (roll) => '[{"a":'.repeat(101 + roll(5_000)),
  (roll) => Buffer.from(Array.from({ length: 1 + roll(200) }, () => 128 + roll(128))),
  () => Buffer.from(`[{"text":"${MARK}"}]`, 'utf16le'),
  (roll) => SOUND.subarray(0, 1 + roll(SOUND.length - 1)),
];

/** Signed wrongly, unsigned, or violating the protocol. */
const CHANGES: readonly ((headers: Headers, roll: (below: number) => number) => Partial<Bad>)[] = [
  ({ authorization: _, ...headers }) => ({ headers }),
  (headers) => ({ headers: { ...headers, authorization: `Bearer ${MARK}` } }),
  (headers) => ({ headers: { ...headers, authorization: `SharedKey ${MARK}` } }),
  (headers) => ({ headers: { ...headers, authorization: `SharedKey ${'9'.repeat(36)}:abc=` } }),
  (headers) => ({ headers: { ...headers, authorization: `SharedKey ${workspaceId}:` } }),
  (headers) => ({ headers: { ...headers, ...sign(SOUND, 'application/json', 'bm90IHRoZSBrZXk=') } }),
  (headers, roll) => {
    const text = headers['authorization'] ?? '';
    const at = text.length - 2 - roll(40);
    const other = text[at] === 'A' ? 'B' : 'A';
    return { headers: { ...headers, authorization: text.slice(0, at) + other + text.slice(at + 1) } };
  },
  (headers) => ({ headers, body: Buffer.concat([SOUND, Buffer.from(' ')]) }),
  (headers) => ({ headers: { ...headers, 'content-type': 'application/json; charset=utf-8' } }),
  (headers) => ({ headers: { ...headers, 'content-type': 'text/xml' } }),
  ({ 'content-type': _, ...headers }) => ({ headers }),
  ({ 'log-type': _, ...headers }) => ({ headers }),
  (headers, roll) => ({ headers: { ...headers, 'log-type': `Bad-${roll(1_000)}` } }),
  (headers) => ({ headers: { ...headers, 'log-type': '../../checkpoints/x' } }),
  (headers) => ({ headers: { ...headers, 'log-type': 'A'.repeat(5_000) } }),
  ({ 'x-ms-date': _, ...headers }) => ({ headers }),
  (headers) => ({ headers: { ...headers, 'x-ms-date': 'tomorrow' } }),
  (headers, roll) => ({
    headers: { ...headers, 'x-ms-date': new Date(Date.now() - 60_000 * (1 + roll(9_000))).toUTCString() },
  }),
  (headers) => ({ headers, path: '/api/logs' }),
  (headers) => ({ headers, path: '/api/logs?api-version=2020-01-01' }),
  (headers) => ({ headers, path: `/api/logs?api-version=${'%00'.repeat(50)}` }),
];

function bad(number: number, roll: (below: number) => number): Bad {
  if (number % 2 === 0) {
    const made = BODIES[roll(BODIES.length)]!(roll);
    const body = Buffer.isBuffer(made) ? made : Buffer.from(made);
    return { body, headers: sign(body), path: PATH };
  }
  return { body: SOUND, path: PATH, headers: {}, ...CHANGES[roll(CHANGES.length)]!(sign(SOUND), roll) };
}

function post({ body, headers, path }: Bad): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = ask(host.url + path, {
      agent,
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    request.end(body);
  });
}

test(`${REQUESTS} malformed posts: each refused, none stored, nothing of a body written down`, async () => {
  const roll = dice(20_261_121);
  const before = host.workerPid;
  const statuses = new Map<number, number>();
  let number = 0;
  const work = async (): Promise<void> => {
    while (number < REQUESTS) {
      const status = await post(bad(number++, roll));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  expect([...statuses.keys()].sort()).toEqual([400, 403]);
  expect(await appWith(env, []).spool()).toEqual([]);
  expect(host.workerPid).toBe(before);
  expect(JSON.stringify(lines)).not.toContain(MARK);
});

test('duplicate keys and signed decompression bombs of over 30 MB are accepted or refused, and never crash', async () => {
  const twice = Buffer.from(`[{"a":"${MARK}","a":2,"__proto__":{"b":1},"constructor":1}]`);
  expect(await post({ body: twice, headers: sign(twice), path: PATH })).toBe(200);
  const before = host.workerPid;
  const bombs = ['[', '[[],', '{"a":[', '"\\u0000', '[{"a":1},'].map((part) =>
    Buffer.from(part.repeat(Math.ceil((29 * 1024 * 1024) / part.length))),
  );
  bombs.push(Buffer.from(`[${'{},'.repeat(9_000_000)}{}]`));
  // Making them took so long that the host may be closing the kept connections.
  agent.destroy();
  for (const body of bombs) expect(await post({ body, headers: sign(body), path: PATH })).toBe(400);
  const large = Buffer.alloc(31 * 1024 * 1024, ' ');
  expect(await post({ body: large, headers: sign(large), path: PATH })).toBe(404);
  expect(host.workerPid).toBe(before);
  expect(await appWith(env, []).spool()).toMatchObject([{ ledger: { stored: 1 } }]);
  expect(JSON.stringify(lines)).not.toContain(MARK);
});
