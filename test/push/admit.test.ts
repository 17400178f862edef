import type { IncomingPush, PushBody } from '../../shared/contract/push';
import { admitPost, type Endpoint } from '../../shared/push/admit';
import { createInFlight } from '../../shared/push/in-flight';
import { createRefusedPosts } from '../../shared/push/refused-posts';
import { clock as realClock } from '../../shared/process/clock';
import { fakeClock } from '../fakes/fake-clock';
import { memorySpool } from '../fakes/memory-spool';
import { silentLog } from '../fakes/silent-log';

const unread: PushBody = {
  [Symbol.asyncIterator]: () => {
    throw new Error('it was read');
  },
};
const post = (body: PushBody, contentLength?: string): IncomingPush => ({
  method: 'POST',
  query: new URLSearchParams(),
  header: (name) => (name === 'content-length' ? contentLength : undefined),
  body,
});
async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

function wayIn(more: Partial<Endpoint> = {}) {
  const clock = fakeClock();
  const log = silentLog();
  const told: (number | undefined)[] = [];
  const way: Endpoint = {
    who: 'acme/events',
    dependencies: { spool: () => memorySpool(), clock, log, refused: createRefusedPosts(clock) },
    inFlight: createInFlight({
      clock: realClock,
      maxBytes: 8,
      maxBodyBytes: 8,
      minPostBytes: 0,
      withinMs: 60_000,
    }),
    verifiesCaller: true,
    refuse: (bytes) => {
      told.push(bytes);
      return undefined;
    },
    accept: ({ body }) => Promise.resolve({ status: 200, body: Buffer.from(body).toString() }),
    tooLarge: { status: 404 },
    ...more,
  };
  return { ask: (request: IncomingPush) => admitPost(request, way), clock, log, told };
}

test('the body of a post that is refused by its headers is not read', async () => {
  const { ask } = wayIn({ refuse: () => ({ status: 401 }) });
  expect(await ask(post(unread, '99000000'))).toEqual({ status: 401 });
});

test.each<[string | undefined, number | undefined]>([
  ['5', 5],
  ['0', 0],
  [undefined, undefined],
  ['', undefined],
  ['-1', undefined],
  ['1e9', undefined],
  ['9999999999999999', undefined],
])('a Content-Length of %p announces %p bytes', async (length, bytes) => {
  const { ask, told } = wayIn();
  expect(await ask(post(pieces('ab', 'cde'), length))).toEqual({ status: 200, body: 'abcde' });
  expect(told).toEqual([bytes]);
});

test('a post without a Content-Length is read to the limit and no further', async () => {
  const { ask, log } = wayIn({ verifiesCaller: false });
  expect(await ask(post(pieces('abcde', 'fghi')))).toEqual({ status: 404 });
  expect(log.lines).toMatchObject([{ sentence: 'a request is refused: its body is over the limit' }]);
});

test('above the limit a sender is asked to retry, and freed room is used again', async () => {
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const { ask, log } = wayIn({ accept: () => finished.then(() => ({ status: 200 })) });
  const first = ask(post(pieces('abcde'), '5'));
  expect(await ask(post(unread, '4'))).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
  expect(await ask(post(unread, '4'))).toMatchObject({ status: 503 });
  expect(log.lines).toHaveLength(1);
  finish();
  expect(await first).toEqual({ status: 200 });
  expect(await ask(post(pieces('abcd'), '4'))).toEqual({ status: 200 });
});

test('posts refused for one reason are logged at once, then once a minute with their number', async () => {
  const { ask, clock, log } = wayIn();
  const refusal = () => ask(post(pieces('123456789')));
  for (let posts = 0; posts < 100; posts++) await refusal();
  clock.advance(59_999);
  await ask(post(pieces('a'), '1'));
  expect(log.lines.map(({ fields }) => fields)).toEqual([{ who: 'acme/events', posts: 1 }]);
  clock.advance(1);
  await ask(post(pieces('a'), '1'));
  clock.advance(60_000);
  await ask(post(pieces('a'), '1'));
  expect(log.lines.map(({ fields }) => fields)).toEqual([
    { who: 'acme/events', posts: 1 },
    { who: 'acme/events', posts: 99 },
  ]);
});
