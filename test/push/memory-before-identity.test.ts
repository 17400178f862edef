import { createHmac } from 'node:crypto';
import type { IncomingPush, PushAnswer, PushBody } from '../../shared/contract/push';
import { createPushing } from '../../shared/run/push-service';
import { createPutBack } from '../../shared/run/put-back';
import { fakeClock } from '../fakes/fake-clock';
import { memorySpool } from '../fakes/memory-spool';
import { silentLog } from '../fakes/silent-log';

/* What a sender who has shown no secret can take from those who have. */

const AT = '2026-11-20T08:00:00Z';
const MB = 1024 * 1024;
const WORKSPACE = 'contoso';
const KEY = Buffer.from('a key');
const BODY = Buffer.from('[{"user":"ada"}]');

function pushing() {
  const clock = fakeClock(AT);
  const spool = memorySpool();
  const log = silentLog();
  const service = createPushing(
    { PUSH_KEYS: JSON.stringify({ [WORKSPACE]: [KEY.toString('base64')] }) },
    clock,
    () => ({ spool }) as never,
    { connectors: [], broken: [], instancesOf: () => [], putBack: createPutBack(clock) },
  );
  return {
    logs: (post: IncomingPush) => service.receiveLogs(post, log),
  };
}

const postOf = (body: PushBody, headers: Readonly<Record<string, string>>): IncomingPush => ({
  method: 'POST',
  query: new URLSearchParams('api-version=2016-04-01'),
  header: (name) => headers[name],
  body,
});

/** A post to `/api/logs`; `length` is what it announces, `signed` the length that its signature covers. */
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

const unread: PushBody = {
  [Symbol.asyncIterator]: () => {
    throw new Error('it was read');
  },
};
test.each([
  ['with a false signature', KEY.subarray(1)],
  ['with the signature of the length that it would have', KEY],
])('of a post to /api/logs without a length nothing is read, %s', async (_, key) => {
  const answer: PushAnswer = await pushing().logs(logsPost(unread, { signed: BODY.length, key }));
  expect(answer).toMatchObject({ status: 411, headers: { 'content-type': 'application/json' } });
  const { Error: code, Message: message } = JSON.parse(answer.body ?? '') as Record<string, string>;
  expect(code).toBe('MissingContentLength');
  expect(message).toContain('Content-Length');
});

test('of a post to /api/logs with a length and a false signature nothing is read', async () => {
  const { logs } = pushing();
  expect(await logs(logsPost(unread, { length: 29 * MB, key: KEY.subarray(1) }))).toMatchObject({
    status: 403,
  });
});

test('what is wrong with the rest of a post without a length is said first, as before', async () => {
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
