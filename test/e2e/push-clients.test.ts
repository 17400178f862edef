import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LOCAL_WORKSPACE } from '../../local/start/app-environment';
import { startLoopback, statuses } from '../fakes/loopback';
import { INVENTED } from './invented';
import { eventually } from '../fakes/eventually';

/* Clients of the Data Collector API, changed only in their host, with the built `npm start`. */

const ROOT = join(__dirname, '..', '..');
const { workspaceId, workspaceKey } = LOCAL_WORKSPACE;
const folder = mkdtempSync(join(tmpdir(), 'tributary-clients-'));
const children: ChildProcess[] = [];
let host: string;
let workspace: string;

/** The same key under another id, which requires posts to sign their body too. */
const STRICT = 'strict';
const KEYS = {
  [workspaceId]: [workspaceKey],
  [STRICT]: [{ key: workspaceKey, bodySignature: 'required' }],
};

beforeAll(async () => {
  const words = ['start', '--json', '--no-simulators', '--port', '0', '--data', join(folder, 'data')];
  const child = spawn(process.execPath, [join(INVENTED, 'tools', 'bin', 'tributary'), ...words], {
    cwd: INVENTED,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PUSH_KEYS: JSON.stringify(KEYS), ACME_WEBHOOKS_SECRET: 'a secret' },
  });
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  ({ host, workspace } = JSON.parse(line) as { host: string; workspace: string });
});

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** The rows of a table, once it has some. */
async function rowsOf(table: string, columns: string): Promise<readonly unknown[]> {
  let rows: readonly unknown[] = [];
  await eventually(`rows of ${table}`, async () => {
    const sql = `SELECT ${columns} FROM "${table}" ORDER BY 1`;
    const answer = await fetch(`${workspace}/query`, { method: 'POST', body: JSON.stringify({ sql }) });
    if (answer.ok) ({ rows } = (await answer.json()) as { rows: unknown[] });
    return rows.length > 0;
  });
  return rows;
}

/** Runs the test if the program is installed; otherwise prints a visible line. */
function withProgram(program: string, args: readonly string[]): typeof test {
  if (spawnSync(program, args, { stdio: 'ignore' }).status === 0) return test;
  process.stderr.write(
    `\n*** SKIPPED: ${program} is not installed here, so that nothing shows that it can still push. ***\n\n`,
  );
  return test.skip;
}

/** A signature as on Microsoft's page, made with shell tools. */
const SHELL = `set -eu
key=$(printf %s "$KEY" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
date=$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S GMT')
length=$(printf %s "$BODY" | wc -c | tr -d ' ')
signature=$(printf 'POST\\n%s\\napplication/json\\nx-ms-date:%s\\n/api/logs' "$length" "$date" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
curl -sS -o /dev/null -w '%{http_code}' "$HOST/api/logs?api-version=2016-04-01" \\
  -H "Authorization: SharedKey $ID:$signature" -H 'Content-Type: application/json' \\
  -H 'Log-Type: FromShell' -H "x-ms-date: $date" -H 'time-generated-field: when' --data-binary "$BODY"
`;

withProgram('sh', ['-c', 'command -v openssl && command -v curl'])('openssl and curl', async () => {
  const when = new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+/, '');
  const env = {
    ...process.env,
    BODY: JSON.stringify([{ who: 'Zoë', count: 1, when }]),
    HOST: host,
    ID: workspaceId,
    KEY: workspaceKey,
  };
  expect(spawnSync('sh', ['-c', SHELL], { env, encoding: 'utf8' })).toMatchObject({
    stderr: '',
    stdout: '200',
  });
  expect(await rowsOf('FromShell_CL', 'who_s, count_d, when_t, "TimeGenerated"')).toEqual([
    {
      who_s: 'Zoë',
      count_d: 1,
      when_t: when.replace('Z', '.000Z'),
      TimeGenerated: when.replace('Z', '.000Z'),
    },
  ]);
});

withProgram('sh', ['-c', 'command -v openssl && command -v curl'])(
  'the one line of the guide for those who push',
  async () => {
    const guide = readFileSync(join(ROOT, 'docs', 'push.md'), 'utf8');
    const line = /```sh\n(B=.*)\n```/.exec(guide)?.[1] ?? 'no such line';
    const ended = spawnSync('sh', ['-c', line.replace('http://127.0.0.1:7071', host)], { encoding: 'utf8' });
    expect(ended.stdout).toMatch(/^HTTP\/1\.1 200 /);
    expect(await rowsOf('MyApp_CL', 'user_s, count_d')).toEqual([{ user_s: 'ada', count_d: 3 }]);
  },
);

/** Microsoft's sample for Python 3, with the standard library's client instead of `requests`. */
const PYTHON = `import base64, datetime, hashlib, hmac, json, os, urllib.request
body = json.dumps([{"slot_ID": 12345, "ID": "5cdad72f-c848-4df0-8aaa-ffe033e75d57", "availability_Value": 100,
                    "performance_Value": 6.954, "measurement_Name": "last_one_hour", "is_active": "true"}])
date = datetime.datetime.utcnow().strftime('%a, %d %b %Y %H:%M:%S GMT')
signed = 'POST\\n' + str(len(body)) + '\\napplication/json\\nx-ms-date:' + date + '\\n/api/logs'
key = base64.b64decode(os.environ['KEY'])
signature = base64.b64encode(hmac.new(key, signed.encode('utf-8'), digestmod=hashlib.sha256).digest()).decode()
headers = {'content-type': 'application/json', 'Authorization': 'SharedKey ' + os.environ['ID'] + ':' + signature,
           'Log-Type': 'FromPython', 'x-ms-date': date}
uri = os.environ['HOST'] + '/api/logs?api-version=2016-04-01'
with urllib.request.urlopen(urllib.request.Request(uri, body.encode(), headers, method='POST')) as answer:
    print(answer.status)
`;

withProgram('python3', ['--version'])('Python’s standard library', async () => {
  const env = { ...process.env, PYTHONWARNINGS: 'ignore', HOST: host, ID: workspaceId, KEY: workspaceKey };
  const ended = spawnSync('python3', ['-c', PYTHON], { env, encoding: 'utf8' });
  expect(ended).toMatchObject({ stderr: '', stdout: '200\n' });
  const columns = 'slot_ID_d, ID_g, performance_Value_d, measurement_Name_s, is_active_s';
  expect(await rowsOf('FromPython_CL', columns)).toEqual([
    {
      slot_ID_d: 12345,
      ID_g: '5cdad72f-c848-4df0-8aaa-ffe033e75d57',
      performance_Value_d: 6.954,
      measurement_Name_s: 'last_one_hour',
      is_active_s: 'true',
    },
  ]);
});

/** A snippet of the guide, with this machine's address and an id. */
function snippet(language: string, logType: string): string {
  const guide = readFileSync(join(ROOT, 'docs', 'push.md'), 'utf8');
  const text = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(guide)?.[1] ?? 'no such block';
  return text
    .replace('https://<app>.azurewebsites.net', host)
    .replace('<id>', STRICT)
    .replaceAll('MyApp', logType);
}

withProgram('sh', ['-c', 'command -v openssl && command -v curl'])(
  'a shell that signs its body',
  async () => {
    const run = (script: string) =>
      spawnSync('sh', ['-eu', '-c', script], { env, encoding: 'utf8' }).stdout.trim();
    const env = { ...process.env, BODY: '[{"who":"Zoë"}]', KEY: workspaceKey };
    const script = snippet('bash', 'SignedByShell');
    expect(run(script)).toBe('200');
    expect(run(script.replace('--data-binary "$BODY"', `--data-binary '[{"who":"Eve!"}]'`))).toBe('403');
    expect(run(script.replace("-H 'Log-Type: SignedByShell'", "-H 'Log-Type: Another'"))).toBe('403');
    expect(run(script.replace('x-body-signature', 'x-nothing'))).toBe('403');
    expect(await rowsOf('SignedByShell_CL', 'who_s')).toEqual([{ who_s: 'Zoë' }]);
  },
);

withProgram('python3', ['--version'])('a Python script that signs its body', async () => {
  const env = { ...process.env, BODY: '[{"who":"Zoë"}]', KEY: workspaceKey };
  const run = (script: string) => spawnSync('python3', ['-c', script], { env, encoding: 'utf8' });
  const script = snippet('python', 'SignedByPython');
  expect(run(script)).toMatchObject({ stderr: '', stdout: '200\n' });
  expect(run(script.replace('Request(url, body,', 'Request(url, body[::-1],')).stderr).toContain('403');
  expect(await rowsOf('SignedByPython_CL', 'who_s')).toEqual([{ who_s: 'Zoë' }]);
});

/** Announces a body, sends none of it, and waits for the answer. */
function announce(path: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, host), { method: 'POST', headers }, (answer) => {
      resolve(answer.statusCode);
      asked.destroy();
    });
    asked.on('error', reject);
    asked.flushHeaders();
  });
}

test.each([
  ['/api/logs?api-version=2016-04-01', 99_000_000, 404],
  ['/api/logs?api-version=2016-04-01', 29_000_000, 403],
  ['/api/push/acme-webhooks/events', 99_000_000, 503],
  ['/api/push/acme-webhooks/events', 29_000_000, 401],
])(
  '%s answers a client that announces %i unsigned bytes before the first one arrives',
  async (path, bytes, status) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': String(bytes),
      'log-type': 'MyApp',
      authorization: 'SharedKey x:y',
    };
    const expected = status === 403 ? { ...headers, authorization: `SharedKey ${STRICT}:no` } : headers;
    const answers = await Promise.all(Array.from({ length: 6 }, () => announce(path, expected)));
    expect(answers).toEqual(Array(6).fill(status));
  },
);

test('/api/logs answers a client that sends in chunks before the first chunk, whatever the signature', async () => {
  const headers = {
    'content-type': 'application/json',
    'transfer-encoding': 'chunked',
    'log-type': 'MyApp',
    authorization: `SharedKey ${STRICT}:no`,
  };
  const path = '/api/logs?api-version=2016-04-01';
  const answers = await Promise.all(Array.from({ length: 50 }, () => announce(path, headers)));
  expect(answers).toEqual(Array(50).fill(411));
});

withProgram('sh', ['-c', 'command -v openssl && command -v curl'])(
  'a shell that sends in chunks is told to send the length',
  () => {
    const env = { ...process.env, BODY: '[]', HOST: host, ID: workspaceId, KEY: workspaceKey };
    const chunked = SHELL.replace('-o /dev/null', '').replace(
      '--data-binary',
      "-H 'Transfer-Encoding: chunked' --data-binary",
    );
    const ended = spawnSync('sh', ['-c', chunked], { env, encoding: 'utf8' });
    expect(ended.stdout).toMatch(/^\{"Error":"MissingContentLength","Message":".*Content-Length.*"\}411$/);
  },
);

withProgram('curl', ['--version'])('curl reads the answer to a body that nobody reads', () => {
  const file = join(folder, 'large');
  writeFileSync(file, Buffer.alloc(40_000_000, ' '));
  const words = ['-sS', '-o', '/dev/null', '-w', '%{http_code}', '--data-binary', `@${file}`];
  const ended = spawnSync('curl', [...words, '-H', 'Expect:', `${host}/api/push/acme-webhooks/events`], {
    encoding: 'utf8',
  });
  expect(ended).toMatchObject({ stderr: '', stdout: '503' });
});

/** The destination of the migration guide, with this machine's address, id and key. */
const SYSLOG_NG = (at: string, file: string): string => {
  const guide = readFileSync(join(ROOT, 'docs', 'migrate.md'), 'utf8');
  const destination = /^```config\n([^]*?)^```$/m.exec(guide)?.[1] ?? 'no such block';
  return `@version: 3.38
options { time-reopen(1); };
source in { file("${file}" flags(no-parse) follow-freq(0.2)); };
${destination
  .replace('https://<app>.azurewebsites.net', at)
  .replace('<id>', workspaceId)
  .replace('<key>', workspaceKey)}
log { source(in); destination(tributary); };
`;
};

/** Runs the real daemon, which reads lines from this file, until the tests end. */
function startSyslogNg(name: string, lines: readonly string[], at: string): void {
  const file = (end: string): string => join(folder, `${name}.${end}`);
  writeFileSync(file('log'), `${lines.join('\n')}\n`);
  writeFileSync(file('conf'), SYSLOG_NG(at, file('log')));
  const words = [
    '-F',
    '--no-caps',
    '-f',
    file('conf'),
    '-R',
    file('persist'),
    '-p',
    file('pid'),
    '-c',
    file('ctl'),
  ];
  children.push(spawn('syslog-ng', words, { stdio: ['ignore', 'ignore', 'inherit'] }));
}

withProgram('syslog-ng', ['--version'])('syslog-ng’s azure-auth-header()', async () => {
  const lines = ['one', 'two "quoted"', 'drei — für die Länge'];
  startSyslogNg('taken', lines, host);
  expect(await rowsOf('FromSyslogNg_CL', 'text_s')).toEqual([...lines].sort().map((text_s) => ({ text_s })));
});

withProgram('syslog-ng', ['--version'])('syslog-ng posts again what was answered 503', async () => {
  const busy = await startLoopback(statuses(503, 200));
  startSyslogNg('again', ['kept'], busy.url);
  await eventually('the second post', () => Promise.resolve(busy.asked.length > 1));
  expect(busy.asked.slice(0, 2).map(({ body }) => body.toString())).toEqual(
    Array(2).fill('[{"text":"kept"}]'),
  );
  await busy.close();
});
