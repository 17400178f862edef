import { createHmac } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { ReceiveSource } from '../../shared/contract/connector';
import { SettingError } from '../../shared/contract/errors';
import type { PushRequest } from '../../shared/contract/push';
import { receivePost, type ReceiveDoor } from '../../shared/flow/receive';
import { seeded } from '../../local/vendor/random';
import { fakeClock } from '../fakes/fake-clock';
import { memorySpool } from '../fakes/memory-spool';
import { silentLog } from '../fakes/silent-log';

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

const doorOf = (more: Partial<ReceiveDoor> = {}): ReceiveDoor => ({
  id: ID,
  source: SOURCE,
  senders: [SENDER],
  spool: () => spool,
  clock: fakeClock('2026-11-20T08:00:00Z'),
  log,
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
  const held = await spool.hold({ ...ID, instance: 'default' });
  if (held === 'busy') throw new Error('the spool is held');
  const bodies: unknown[] = [];
  for await (const blob of spool.blobs({ ...ID, instance: 'default' }))
    bodies.push(...(await held.read(blob)));
  await held.release();
  return bodies;
}

test('a post is kept as it came, with the headers that the source names and whose secret signed it', async () => {
  const answer = await receivePost(
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

test.each<[string, PushRequest, Partial<ReceiveDoor>, number]>([
  ['more than any post', request(Buffer.alloc(30 * 1024 * 1024 + 1, ' ')), {}, 413],
  ['another signature', request('{}', { 'x-signature': '0'.repeat(64) }), {}, 401],
  ['nobody who may post', request('{}'), { senders: [] }, 401],
  ['no JSON', request('a secret matter'), {}, 400],
  ['no text', request(Buffer.from([0xff, 0xfe])), {}, 400],
  ['nothing', request(''), {}, 400],
  ['settings that are wrong', request('{}'), { problem: 'ACME_SECRET is not set.' }, 503],
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
])('%s is not taken, and nothing of it is told', async (_, ask, more, status) => {
  const before = (await kept()).length;
  const answer = await receivePost(ask, doorOf(more));
  expect(answer.status).toBe(status);
  expect((await kept()).length).toBe(before);
  expect(JSON.stringify(log.lines)).not.toContain('a secret matter');
  expect(answer.body ?? '').not.toContain('ACME_SECRET');
});

const packed = (body: Buffer | string, encoding = 'gzip', headers = {}): PushRequest =>
  request(body, { 'content-encoding': encoding, ...headers });

test.each(['gzip', 'GZIP', 'x-gzip'])(
  'a body packed with %s is signed packed, and kept unpacked',
  async (encoding) => {
    spool = memorySpool();
    expect(await receivePost(packed(gzipSync('[{"a":1},{"a":2}]'), encoding), doorOf())).toEqual({
      status: 200,
    });
    expect(await kept()).toMatchObject([{ bytes: Buffer.from('[{"a":1},{"a":2}]'), records: 2 }]);
  },
);

test('a body that was signed unpacked and comes packed is not the vendor’s', async () => {
  const signature = createHmac('sha256', SENDER.secret).update('{"a":1}').digest('hex');
  const ask = packed(gzipSync('{"a":1}'), 'gzip', { 'x-signature': signature });
  expect(await receivePost(ask, doorOf())).toEqual({ status: 401 });
});

test('a challenge may be packed too', async () => {
  const ask = packed(gzipSync('{"type":"check","text":"abc"}'));
  expect(await receivePost(ask, doorOf())).toMatchObject({ status: 200, body: '{"text":"abc"}' });
});

const MOST = 30 * 1024 * 1024;

test.each<[string, PushRequest, number, RegExp]>([
  [
    'a bomb',
    packed(gzipSync(Buffer.alloc(MOST + 1, ' '))),
    413,
    /more than 31457280 bytes. Send it in parts/,
  ],
  [
    'a bomb in members',
    packed(Buffer.concat(Array.from({ length: 31 }, () => gzipSync(Buffer.alloc(1024 * 1024, ' '))))),
    413,
    /more than 31457280 bytes/,
  ],
  ['no gzip', packed('{"a":"a secret matter"}'), 400, /not the gzip/],
  ['half of it', packed(gzipSync('{"a":1}').subarray(0, 12)), 400, /not the gzip/],
  ['nothing', packed(''), 400, /not the gzip/],
  [
    'another encoding',
    packed(brotliCompressSync('{}'), 'br'),
    415,
    /Content-Encoding that is not known here/,
  ],
  ['two encodings', packed(gzipSync(gzipSync('{}')), 'gzip, gzip'), 415, /Send it with gzip, or as it is/],
])('packed: %s is not taken, and its sender reads why', async (_, ask, status, why) => {
  const before = (await kept()).length;
  const answer = await receivePost(ask, doorOf());
  expect([answer.status, answer.headers?.['content-type']]).toEqual([status, 'text/plain; charset=utf-8']);
  expect(answer.headers?.['accept-encoding']).toBe(status === 415 ? 'gzip' : undefined);
  expect(answer.body).toMatch(why);
  expect((await kept()).length).toBe(before);
  expect(JSON.stringify([answer, log.lines])).not.toContain('a secret matter');
});

test('exactly as much as a post may hold is taken, packed', async () => {
  spool = memorySpool();
  const text = `{"a":1}${' '.repeat(MOST - 7)}`;
  expect(await receivePost(packed(gzipSync(text)), doorOf())).toEqual({ status: 200 });
  expect(await kept()).toMatchObject([{ records: 1 }]);
});

test('nothing is unpacked of what nobody signed', async () => {
  const ask = packed(gzipSync(Buffer.alloc(MOST + 1, ' ')), 'br', { 'x-signature': '' });
  expect(await receivePost(ask, doorOf())).toEqual({ status: 401 });
});

test('a challenge is answered before anything is kept; a record that only looks like one is kept', async () => {
  const before = (await kept()).length;
  expect(await receivePost(request('{"type":"check","text":"abc"}'), doorOf())).toEqual({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '{"text":"abc"}',
  });
  expect((await kept()).length).toBe(before);
  await receivePost(request('{"type":"check","text":7}'), doorOf());
  expect((await kept()).length).toBe(before + 1);
});

test('an unsigned challenge is refused like any other post: nobody gets anything signed', async () => {
  const ask = request('{"type":"check","text":"abc"}', { 'x-signature': '' });
  expect(await receivePost(ask, doorOf())).toEqual({ status: 401 });
});

test('20,000 malformed posts: each is refused as what it is, none is taken, and nothing throws', async () => {
  const random = seeded('malformed webhooks');
  const below = (count: number): number => Math.floor(random() * count);
  const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => below(256)));
  const before = (await kept()).length;
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
  for (let number = 0; number < 20_000; number++) {
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
    const { status } = await receivePost(ask, doorOf());
    counts[status] = (counts[status] ?? 0) + 1;
  }
  expect(counts).toEqual({ 400: 10_000, 401: 10_000 });
  expect((await kept()).length).toBe(before);
});
