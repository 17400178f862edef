import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { INVENTED } from './invented';
import { eventually } from '../fakes/eventually';

/* Webhooks over real HTTP into the built `npm start`: from its simulated vendors, and from this test. */

const data = mkdtempSync(join(tmpdir(), 'tributary-webhooks-'));
const said: string[] = [];
let child: ChildProcess;
let addresses: { readonly host: string; readonly vendor: string; readonly workspace: string };

beforeAll(async () => {
  child = spawn(
    process.execPath,
    [join(INVENTED, 'tools', 'bin', 'tributary'), 'start', '--json', '--port', '0', '--data', data],
    {
      cwd: INVENTED,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  addresses = await new Promise((found) => {
    lines.on('line', (line) => {
      said.push(line);
      const read = JSON.parse(line) as { readonly host?: string };
      if (read.host !== undefined) found(read as typeof addresses);
    });
  });
});

afterAll(async () => {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  rmSync(data, { recursive: true, force: true });
});

type Row = Readonly<Record<string, unknown>>;

async function query(sql: string): Promise<readonly Row[]> {
  const answer = await fetch(`${addresses.workspace}/query`, {
    method: 'POST',
    body: JSON.stringify({ sql }),
  });
  return answer.ok ? ((await answer.json()) as { rows: Row[] }).rows : [];
}

async function rowsOf(sql: string, count = 1): Promise<readonly Row[]> {
  let rows: readonly Row[] = [];
  await eventually(sql, async () => {
    rows = await query(sql);
    return rows.length >= count;
  });
  return rows;
}

const acme = (
  event: string,
  body: string | Uint8Array<ArrayBuffer>,
  {
    id = randomUUID(),
    secret = 'local-acme-webhooks-secret',
    type = 'application/json',
    encoding = 'identity',
  } = {},
): Promise<Response> =>
  fetch(`${addresses.host}/api/push/acme-webhooks/events`, {
    method: 'POST',
    headers: {
      'content-type': type,
      'content-encoding': encoding,
      'X-Acme-Event': event,
      'X-Acme-Delivery': id,
      'X-Acme-Hook-ID': '1',
      'X-Acme-Signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  });

const globex = (body: string, at = Date.now()): Promise<Response> => {
  const seconds = String(Math.floor(at / 1_000));
  const hmac = createHmac('sha256', 'local-globex-webhooks-secret').update(`v0:${seconds}:${body}`);
  return fetch(`${addresses.host}/api/push/globex-webhooks/events`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-globex-request-timestamp': seconds,
      'x-globex-signature': `v0=${hmac.digest('hex')}`,
    },
    body,
  });
};

test('every event that the simulated vendors post arrives once', async () => {
  for (const [connector, table] of [
    ['acme-webhooks', 'AcmeWebhook'],
    ['globex-webhooks', 'GlobexWebhookEvents'],
  ] as const) {
    const rows = await rowsOf(`SELECT DISTINCT "EventId" FROM "${table}_CL"`, 3);
    const sent = await fetch(`${addresses.vendor}/published?connector=${connector}&source=events`);
    expect(((await sent.json()) as unknown[]).length).toBeGreaterThanOrEqual(3);
    expect(rows.length).toBeGreaterThanOrEqual(3);
  }
  const { complaints } = (await (await fetch(`${addresses.vendor}/requests`)).json()) as {
    complaints: string[];
  };
  expect(complaints.filter((complaint) => complaint.includes('webhooks'))).toEqual([]);
});

test('a JSON or form post is answered once it is durable; when it is sent again it stays one row', async () => {
  const id = randomUUID();
  const body = JSON.stringify({
    action: 'added',
    sender: { login: 'ada', id: 1 },
    member: { login: 'grace' },
  });
  const form = new URLSearchParams({
    payload: JSON.stringify({ action: 'edited & more', zen: 'ü' }),
  }).toString();
  const type = 'application/x-www-form-urlencoded';
  const answers = [
    await acme('member', body, { id }),
    await acme('member', body, { id }),
    await acme('label', form, { type }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(await rowsOf(`SELECT * FROM "AcmeWebhook_CL" WHERE "Action" = 'edited & more'`)).toMatchObject([
    { Event: 'label', Action: 'edited & more' },
  ]);
  expect(await rowsOf(`SELECT * FROM "AcmeWebhook_CL" WHERE "DeliveryId" = '${id}'`)).toMatchObject([
    { Event: 'member', Action: 'added', Sender: 'ada', SenderId: 1, Member: 'grace', HookId: 1 },
  ]);
});

test('a compressed post arrives; one that decompresses to more than the limit is kept as a dead letter', async () => {
  const packed = (text: string) => new Uint8Array(gzipSync(text));
  const body = packed(JSON.stringify({ action: 'packed', sender: { login: 'ada', id: 1 } }));
  expect((await acme('member', body, { encoding: 'gzip' })).status).toBe(200);
  expect(await rowsOf(`SELECT * FROM "AcmeWebhook_CL" WHERE "Action" = 'packed'`)).toMatchObject([
    { Event: 'member', Sender: 'ada' },
  ]);
  const bomb = await acme('member', packed(' '.repeat(40 * 1024 * 1024)), { encoding: 'gzip' });
  expect([bomb.status, await bomb.text()]).toEqual([200, '']);
  await eventually('its dead letter', () =>
    said.some((line) => line.includes('becomes a dead letter') && line.includes('more than 31457280 bytes')),
  );
});

test('unsigned posts are refused with an empty answer, signed ones never are, and neither leaks into the log', async () => {
  const body = JSON.stringify({ action: 'an-action-of-nobody' });
  const answer = await acme('member', body, { secret: 'another' });
  expect([answer.status, await answer.text()]).toEqual([401, '']);
  const stale = await globex(JSON.stringify({ event: 'an-action-of-nobody' }), Date.now() - 3 * 3_600_000);
  expect([stale.status, stale.headers.get('retry-after')]).toEqual([503, '30']);
  expect((await acme('member', 'no JSON, an-action-of-nobody')).status).toBe(200);
  expect((await fetch(`${addresses.host}/api/push/acme-webhooks/events`)).status).toBe(404);
  expect((await fetch(`${addresses.host}/api/push/acme-webhooks/other`, { method: 'POST' })).status).toBe(
    404,
  );
  await eventually('a line of the refusal', () => said.some((line) => line.includes('a post is refused')));
  expect(said.join('\n')).not.toContain('an-action-of-nobody');
  expect(said.join('\n')).not.toContain('local-acme-webhooks-secret');
});

test('a challenge is answered with the keyed hash, and is not stored as an event', async () => {
  const body = JSON.stringify({
    payload: { plainToken: 'qgg8vlvZRS6UYooatFL8Aw' },
    event_ts: Date.now(),
    event: 'endpoint.url_validation',
  });
  const answer = await globex(body);
  expect(await answer.json()).toEqual({
    plainToken: 'qgg8vlvZRS6UYooatFL8Aw',
    encryptedToken: createHmac('sha256', 'local-globex-webhooks-secret')
      .update('qgg8vlvZRS6UYooatFL8Aw')
      .digest('hex'),
  });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
  await globex(
    JSON.stringify({ event: 'meeting.started', event_ts: Date.now(), payload: { account_id: 'after' } }),
  );
  await rowsOf(`SELECT * FROM "GlobexWebhookEvents_CL" WHERE "AccountId" = 'after'`);
  expect(await query(`SELECT * FROM "GlobexWebhookEvents_CL" WHERE "Event" LIKE 'endpoint%'`)).toEqual([]);
});
