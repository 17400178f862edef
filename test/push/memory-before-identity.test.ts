import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Connector, ReceiveSource } from '../../shared/contract/connector';
import type { IncomingPush, PushAnswer, PushBody } from '../../shared/contract/push';
import type { Verification } from '../../shared/contract/webhook';
import { createPushService } from '../../shared/run/push-service';
import { createRequeue } from '../../shared/run/trigger-message';
import type { InstanceSettings } from '../../shared/settings/instance-settings';
import { fakeClock } from '../fakes/fake-clock';
import { memorySpool } from '../fakes/memory-spool';
import { silentLog } from '../fakes/silent-log';
import { stalledBody } from '../fakes/stalled-body';
import { readAppSettings } from '../../shared/settings/app-settings';

/* How much memory a sender without a valid secret can take from those with one. */

const AT = '2026-11-20T08:00:00Z';
const MB = 1024 * 1024;
const WORKSPACE = 'contoso';
const KEY = Buffer.from('a key');
const SECRET = 'the secret';
const BODY = Buffer.from('[{"user":"ada"}]');

const sourceOf = (verify: Verification): ReceiveSource => ({
  table: { name: 'Acme_CL', time: '@received', columns: {} },
  receive: { verify },
});
const CONNECTOR: Connector = {
  name: 'acme',
  title: 'Acme',
  settings: {},
  sources: {
    signed: sourceOf({ kind: 'hmac', hash: 'sha256', secrets: ['secret'], header: 'x-signature' }),
    token: sourceOf({ kind: 'token', in: 'header', name: 'x-token', secrets: ['secret'] }),
  },
};
const INSTANCE = {
  connector: 'acme',
  instance: 'default',
  webhooks: ['signed', 'token'].map((source) => ({
    source,
    state: 'on',
    values: { secret: SECRET },
    problems: [],
  })),
} as unknown as InstanceSettings;

function pushing() {
  const clock = fakeClock(AT);
  // A stalled sender lasts as long as the test.
  const held = { ...clock, sleep: () => new Promise<void>(() => undefined) };
  const spool = memorySpool();
  const log = silentLog();
  const service = createPushService(
    readAppSettings({ PUSH_KEYS: JSON.stringify({ [WORKSPACE]: [KEY.toString('base64')] }) }),
    held,
    () => ({ spool }) as never,
    { connectors: [CONNECTOR], broken: [], instancesOf: () => [INSTANCE], requeue: createRequeue(held) },
  );
  return {
    advance: (ms: number) => clock.advance(ms),
    logs: (post: IncomingPush) => service.acceptDataCollector(post, log),
    hook: (source: 'signed' | 'token', post: IncomingPush) =>
      service.acceptWebhook({ connector: 'acme', source }, post, log),
  };
}

const postOf = (body: PushBody, headers: Readonly<Record<string, string>>): IncomingPush => ({
  method: 'POST',
  query: new URLSearchParams('api-version=2016-04-01'),
  header: (name) => headers[name],
  body,
});

/** A post to `/api/logs`; `length` is announced, `signed` is the length in its signature. */
function logsPost(
  body: PushBody,
  { length, signed = length ?? 0, key = KEY }: { length?: number; signed?: number; key?: Uint8Array } = {},
): IncomingPush {
  const date = new Date(AT).toUTCString();
  const text = `POST\n${signed}\napplication/json\nx-ms-date:${date}\n/api/logs`;
  return postOf(body, {
    'content-type': 'application/json',
    'log-type': 'MyApp',
    'x-ms-date': date,
    authorization: `SharedKey ${WORKSPACE}:${createHmac('sha256', key).update(text).digest('base64')}`,
    ...(length === undefined ? {} : { 'content-length': String(length) }),
  });
}

async function* whole(bytes: Uint8Array = BODY): AsyncGenerator<Uint8Array> {
  yield bytes;
}
const unread: PushBody = {
  [Symbol.asyncIterator]: () => {
    throw new Error('it was read');
  },
};
const hookSignature = (body: Uint8Array) => ({
  'x-signature': createHmac('sha256', SECRET).update(body).digest('hex'),
});
const FORGED = { 'x-signature': '0'.repeat(64) };
const token = { 'x-token': SECRET };

/** Fills the memory for unverified senders with posts that never end. */
async function flood(app: ReturnType<typeof pushing>, bytes = MB, posts = 64): Promise<void> {
  for (let count = 0; count < posts; count++) {
    const { body, sent } = stalledBody(bytes);
    void app.hook('signed', postOf(body, FORGED));
    await sent;
  }
}

test.each([
  ['with a false signature', KEY.subarray(1)],
  ['with the signature of the right length', KEY],
])('nothing of a post to /api/logs without a length is read, %s', async (_, key) => {
  const answer: PushAnswer = await pushing().logs(logsPost(unread, { signed: BODY.length, key }));
  expect(answer).toMatchObject({ status: 411, headers: { 'content-type': 'application/json' } });
  const { Error: code, Message: message } = JSON.parse(answer.body ?? '') as Record<string, string>;
  expect(code).toBe('MissingContentLength');
  expect(message).toContain('Content-Length');
});

test('nothing of a post to /api/logs with a length and a false signature is read', async () => {
  const { logs } = pushing();
  expect(await logs(logsPost(unread, { length: 29 * MB, key: KEY.subarray(1) }))).toMatchObject({
    status: 403,
  });
});

test('other errors of a post without a length are answered first, as before', async () => {
  const post = logsPost(unread);
  const without = (...names: readonly string[]): IncomingPush => ({
    ...post,
    header: (name) => (names.includes(name) ? undefined : post.header(name)),
  });
  const { logs } = pushing();
  expect(await logs(without('authorization'))).toMatchObject({ status: 403 });
  expect(await logs(without('log-type'))).toMatchObject({ status: 400 });
  expect(await logs({ ...post, method: 'GET' })).toEqual({ status: 404 });
});

test.each([
  ['64 bodies of 1 MB', MB, 64],
  ['2,048 connections without a byte', 0, 2_048],
])('%s that never end take room from signed webhooks for at most two seconds', async (_, bytes, posts) => {
  const app = pushing();
  await flood(app, bytes, posts);
  const signed = () => app.hook('signed', postOf(whole(), hookSignature(BODY)));
  expect(await signed()).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
  app.advance(2_000);
  expect(await signed()).toEqual({ status: 200 });
});

test('small compressed signed webhooks are decompressed within the limit', async () => {
  const app = pushing();
  await flood(app, MB, 40);
  const packed = (bytes: number): Promise<PushAnswer> => {
    const body = gzipSync(Buffer.alloc(bytes, ' '));
    return app.hook('signed', postOf(whole(body), hookSignature(body)));
  };
  expect(await packed(29 * MB)).toMatchObject({ status: 503 });
  expect(await packed(20 * MB)).toEqual({ status: 200 });
});

test('posts with a false signature over their body take no room from those that show a secret first', async () => {
  const app = pushing();
  await flood(app);
  expect(await app.logs(logsPost(whole(), { length: BODY.length }))).toEqual({ status: 200 });
  expect(await app.hook('token', postOf(whole(new Uint8Array(MB).fill(32)), token))).toEqual({ status: 200 });
});
