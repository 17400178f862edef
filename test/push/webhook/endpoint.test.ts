import { createHmac } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { ReceiveSource } from '../../../shared/contract/connector';
import { SettingError } from '../../../shared/contract/errors';
import type { PushRequest } from '../../../shared/contract/push';
import { acceptWebhook, type WebhookDependencies } from '../../../shared/push/webhook/endpoint';
import { createRefusedPosts } from '../../../shared/push/refused-posts';
import { seeded } from '../../../local/vendor/random';
import { fakeClock } from '../../fakes/fake-clock';
import { memorySpool } from '../../fakes/memory-spool';
import { silentLog } from '../../fakes/silent-log';

const ID = { connector: 'acme', source: 'events' };
const SENDER = { instance: 'default', setting: 'secret', secret: 'the secret' };
const SOURCE: ReceiveSource = {
  table: { name: 'Acme_CL', time: '@received', columns: {} },
  receive: {
    verify: { kind: 'hmac', hash: 'sha256', secrets: ['secret'], header: 'x-signature' },
    headers: ['x-event', 'x-absent'],
    challenge: { when: { from: 'type', is: 'check' }, text: 'text', answer: { text: 'text' } },
  },
};
let spool = memorySpool();
const log = silentLog();

const doorOf = (more: Partial<WebhookDependencies> = {}): WebhookDependencies => ({
  id: ID,
  source: SOURCE,
  credentials: [SENDER],
  spool: () => spool,
  clock: fakeClock('2026-11-20T08:00:00Z'),
  log,
  refused: createRefusedPosts(fakeClock('2026-11-20T08:00:00Z')),
  ...more,
});

function request(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): PushRequest {
  const bytes = Buffer.from(body);
  const signature = createHmac('sha256', SENDER.secret).update(bytes).digest('hex');
  const all: Record<string, string> = { 'x-signature': signature, ...headers };
  return {
    method: 'POST',
    query: new URLSearchParams(),
    header: (name) => all[name],
    body: bytes,
  };
}

async function kept(): Promise<unknown[]> {
  const held = await spool.acquire({ ...ID, instance: 'default' });
  if (held === 'busy') throw new Error('the spool is held');
  const bodies: unknown[] = [];
  for await (const blob of spool.blobs({ ...ID, instance: 'default' })) {
    const read = await held.read(blob);
    if (read === 'newer') throw new Error('the blob is of a newer version');
    bodies.push(...read);
  }
  await held.release();
  return bodies;
}

test('a post is stored unchanged, with the declared headers and the setting of the secret that signed it', async () => {
  const answer = await acceptWebhook(
    request('[{"a":1}, {"a":2}]', { 'content-type': 'application/json', 'x-event': 'made', 'x-other': 'no' }),
    doorOf(),
  );
  expect(answer).toEqual({ status: 200 });
  expect(await kept()).toEqual([
    {
      place: 0,
      bytes: Buffer.from('[{"a":1}, {"a":2}]'),
      contentType: 'application/json',
      records: 2,
      receivedAt: '2026-11-20T08:00:00.000Z',
      key: 'secret',
      facts: { headers: { 'x-event': 'made' } },
    },
  ]);
});

test.each<[string, PushRequest, Partial<WebhookDependencies>, number]>([
  ['a post over the size limit', request(Buffer.alloc(30 * 1024 * 1024 + 1, ' ')), {}, 503],
  ['another signature', request('a secret matter', { 'x-signature': '0'.repeat(64) }), {}, 401],
  ['a source without secrets', request('{}'), { credentials: [] }, 401],
  [
    'an unknown signature while a setting is wrong',
    request('a secret matter', { 'x-signature': '0'.repeat(64) }),
    { problem: 'ACME_SECRET is not set.' },
    503,
  ],
  [
    'a spool that cannot be opened',
    request('{}'),
    {
      spool: () => {
        throw new SettingError('opening storage: AzureWebJobsStorage is not set.');
      },
    },
    503,
  ],
])('%s is not accepted, and nothing of it is logged', async (_, ask, more, status) => {
  const before = (await kept()).length;
  const answer = await acceptWebhook(ask, doorOf(more));
  expect(answer.status).toBe(status);
  expect((await kept()).length).toBe(before);
  expect(JSON.stringify(log.lines)).not.toContain('a secret matter');
  expect(answer.body ?? '').not.toContain('ACME_SECRET');
});

const packed = (body: Buffer | string, encoding = 'gzip', headers = {}): PushRequest =>
  request(body, { 'content-encoding': encoding, ...headers });

test.each(['gzip', 'identity', 'br', ''])(
  'a compressed body is signed compressed and stored decompressed, whatever its unsigned Content-Encoding: %p',
  async (encoding) => {
    spool = memorySpool();
    expect(await acceptWebhook(packed(gzipSync('[{"a":1},{"a":2}]'), encoding), doorOf())).toEqual({
      status: 200,
    });
    expect(await kept()).toMatchObject([{ bytes: Buffer.from('[{"a":1},{"a":2}]'), records: 2 }]);
  },
);

test('a body that was signed uncompressed and arrives compressed is refused', async () => {
  const signature = createHmac('sha256', SENDER.secret).update('{"a":1}').digest('hex');
  const ask = packed(gzipSync('{"a":1}'), 'gzip', { 'x-signature': signature });
  expect(await acceptWebhook(ask, doorOf())).toEqual({ status: 401 });
});

test.each(['gzip', 'br'])(
  'a plain body is read unchanged under the unsigned Content-Encoding %s',
  async (encoding) => {
    spool = memorySpool();
    expect(await acceptWebhook(packed('{"a":1}', encoding), doorOf())).toEqual({ status: 200 });
    expect(await kept()).toMatchObject([{ bytes: Buffer.from('{"a":1}'), records: 1 }]);
  },
);

test('a challenge may be compressed too', async () => {
  const ask = packed(gzipSync('{"type":"check","text":"abc"}'));
  expect(await acceptWebhook(ask, doorOf())).toMatchObject({ status: 200, body: '{"text":"abc"}' });
});

const MOST = 30 * 1024 * 1024;

test('a sender with a valid secret is accepted while the setting of another instance is wrong', async () => {
  spool = memorySpool();
  const door = doorOf({ problem: 'ACME__EU__SECRET is not set.' });
  expect(await acceptWebhook(request('{"a":1}'), door)).toEqual({ status: 200 });
});

test('a valid signature with a time too far from now is asked to retry, because a clock may be wrong', async () => {
  spool = memorySpool();
  const source: ReceiveSource = {
    ...SOURCE,
    receive: {
      verify: {
        kind: 'hmac',
        hash: 'sha256',
        secrets: ['secret'],
        header: 'x-signature',
        signs: '{timestamp}.{body}',
        timestamp: { header: 'x-time', windowMs: 60_000 },
      },
    },
  };
  const at = (seconds: string, secret = SENDER.secret): PushRequest =>
    request('{"a":1}', {
      'x-time': seconds,
      'x-signature': createHmac('sha256', secret).update(`${seconds}.{"a":1}`).digest('hex'),
    });
  const now = Date.parse('2026-11-20T08:00:00Z') / 1_000;
  const answers = [];
  for (const ask of [
    at(`${now}`),
    at(`${now - 61}`),
    at(`${now + 61}`),
    at('soon'),
    at(`${now - 61}`, 'other'),
  ])
    answers.push(await acceptWebhook(ask, doorOf({ source })));
  expect(answers.map(({ headers, status }) => [status, headers?.['retry-after']])).toEqual([
    [200, undefined],
    [503, '30'],
    [503, '30'],
    [503, '30'],
    [401, undefined],
  ]);
  expect(await kept()).toHaveLength(1);
});

test.each<[string, PushRequest, RegExp]>([
  ['invalid JSON', request('a secret matter'), /^it is not JSON$/],
  ['bytes that are not text', request(Buffer.from([0xff, 0xfe])), /^it is not JSON$/],
  ['nothing', request(''), /^it is not JSON$/],
  ['a name of more than 64 KB', request(`{"${'n'.repeat(70_000)}":1}`), /^it is not JSON$/],
  ['an empty body', request(Buffer.alloc(0)), /^it is not JSON$/],
  ['a decompression bomb', packed(gzipSync(Buffer.alloc(MOST + 1, ' '))), /more than 31457280 bytes/],
  [
    'a decompression bomb of several members',
    packed(Buffer.concat(Array.from({ length: 31 }, () => gzipSync(Buffer.alloc(1024 * 1024, ' '))))),
    /more than 31457280 bytes/,
  ],
  ['a truncated compressed body', packed(gzipSync('{"a":1}').subarray(0, 12)), /begins like gzip/],
  ['an empty compressed body', packed(''), /^it is not JSON$/],
  ['another encoding', packed(brotliCompressSync('{}'), 'br'), /Content-Encoding is not supported/],
])(
  'a signed post with %s is stored unchanged and marked, because its vendor would not send it again',
  async (_, ask, why) => {
    spool = memorySpool();
    expect(await acceptWebhook(ask, doorOf())).toEqual({ status: 200 });
    expect(await kept()).toMatchObject([
      {
        bytes: Buffer.from(ask.body),
        records: 1,
        key: 'secret',
        facts: { unread: expect.stringMatching(why) },
      },
    ]);
    expect(JSON.stringify(log.lines)).toContain('a signed post cannot be read');
    expect(JSON.stringify(log.lines)).not.toContain('a secret matter');
  },
);

test('a compressed post of exactly the size limit is accepted', async () => {
  spool = memorySpool();
  const text = `{"a":1}${' '.repeat(MOST - 7)}`;
  expect(await acceptWebhook(packed(gzipSync(text)), doorOf())).toEqual({ status: 200 });
  expect(await kept()).toMatchObject([{ records: 1 }]);
});

test('nothing of an unsigned post is decompressed', async () => {
  const ask = packed(gzipSync(Buffer.alloc(MOST + 1, ' ')), 'br', { 'x-signature': '' });
  expect(await acceptWebhook(ask, doorOf())).toEqual({ status: 401 });
});

test('a challenge is answered without storing it; a record that only looks like one is stored', async () => {
  const before = (await kept()).length;
  expect(await acceptWebhook(request('{"type":"check","text":"abc"}'), doorOf())).toEqual({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '{"text":"abc"}',
  });
  expect((await kept()).length).toBe(before);
  await acceptWebhook(request('{"type":"check","text":7}'), doorOf());
  expect((await kept()).length).toBe(before + 1);
});

test('an unsigned challenge is refused like any other post: nothing is signed for a stranger', async () => {
  const ask = request('{"type":"check","text":"abc"}', { 'x-signature': '' });
  expect(await acceptWebhook(ask, doorOf())).toEqual({ status: 401 });
});

test('of 10,000 malformed posts the signed ones are stored, the rest is refused, and nothing throws', async () => {
  const random = seeded('malformed webhooks');
  const below = (count: number): number => Math.floor(random() * count);
  const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => below(256)));
  spool = memorySpool();
  const open = [
    '{"a":',
    '[{},',
    '\u0000',
    '{"a":1}}',
    '['.repeat(below(5_000)),
    'null null',
    '"\\ud800',
    'NaN',
  ];
  const counts: Record<number, number> = {};
  for (let number = 0; number < 10_000; number++) {
    const signature = [
      bytes(below(40)).toString('hex'),
      bytes(32).toString('hex'),
      '',
      'sha256=',
      '0'.repeat(64),
    ];
    const isSigned = number % 2 === 0;
    const body = isSigned ? `${open[below(open.length)] ?? ''}{` : bytes(below(200));
    const ask = request(body, isSigned ? {} : { 'x-signature': signature[below(signature.length)] ?? '' });
    const { status } = await acceptWebhook(ask, doorOf());
    counts[status] = (counts[status] ?? 0) + 1;
  }
  expect(counts).toEqual({ 200: 5_000, 401: 5_000 });
  expect((await kept()).length).toBe(5_000);
});
