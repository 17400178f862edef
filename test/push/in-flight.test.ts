import type { Clock } from '../../shared/contract/run';
import { createInFlight, type InFlight } from '../../shared/push/in-flight';
import { fakeClock } from '../fakes/fake-clock';
import { stalledBody } from '../fakes/stalled-body';

/** A clock whose sleeps the test ends. */
function heldClock(): Clock & { readonly wake: () => void } {
  let wake: () => void = () => undefined;
  const woken = new Promise<void>((resolve) => (wake = resolve));
  return { ...fakeClock(), sleep: () => woken, wake };
}

let clock = heldClock();
let inFlight: InFlight;
beforeEach(() => {
  clock = heldClock();
  inFlight = createInFlight({ clock, maxBytes: 100, maxBodyBytes: 60, minPostBytes: 0, withinMs: 1_000 });
});

async function* pieces(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield Buffer.alloc(size, 'a');
}
const nobody: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => {
    throw new Error('it was read');
  },
};
const lengthOf = (bytes: Uint8Array): Promise<number> => Promise.resolve(bytes.length);

/** Holds a body in memory until the test releases it. */
function holding(bytes: number): { readonly letGo: () => Promise<unknown> } {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const read = inFlight.read(new Uint8Array(bytes), 0, () => ended);
  return {
    letGo() {
      end();
      return read;
    },
  };
}

test('a body is read whole, as a stream or as bytes', async () => {
  const text = (bytes: Uint8Array) => Promise.resolve(Buffer.from(bytes).toString());
  expect(await inFlight.read(pieces(2, 0, 3), 0, text)).toBe('aaaaa');
  expect(await inFlight.read(Buffer.from('abc'), 3, text)).toBe('abc');
  expect(await inFlight.read(pieces(), 0, text)).toBe('');
});

test('a body over the size limit is not read to its end', async () => {
  expect(await inFlight.read(nobody, 61, lengthOf)).toBe('too-large');
  const seen: number[] = [];
  const counted = async function* () {
    for await (const piece of pieces(30, 31, 1)) {
      seen.push(piece.length);
      yield piece;
    }
  };
  expect(await inFlight.read(counted(), 0, lengthOf)).toBe('too-large');
  expect(seen).toEqual([30, 31]);
});

test('all bodies together stay within the limit until each is answered', async () => {
  const held = holding(60);
  expect(await inFlight.read(nobody, 41, lengthOf)).toBe('no-room');
  expect(await inFlight.read(pieces(40, 1), 0, lengthOf)).toBe('no-room');
  expect(await inFlight.read(pieces(40), 0, lengthOf)).toBe(40);
  await held.letGo();
  expect(await inFlight.read(pieces(41), 41, lengthOf)).toBe(41);
});

test('a body that was refused, failed or threw frees its room', async () => {
  const broken = async function* () {
    yield new Uint8Array(50);
    throw new Error('ECONNRESET');
  };
  for (let times = 0; times < 3; times++) {
    expect(await inFlight.read(broken(), 50, lengthOf)).toBe('cut-off');
    await expect(inFlight.read(pieces(60), 60, () => Promise.reject(new Error('in use')))).rejects.toThrow(
      'in use',
    );
    expect(await inFlight.read(pieces(61), 0, lengthOf)).toBe('too-large');
  }
  const held = holding(40);
  expect(await inFlight.read(pieces(60), 60, lengthOf)).toBe(60);
  await held.letGo();
});

test('a sender that stops in the middle of a body is not waited for', async () => {
  const stalled = async function* () {
    yield new Uint8Array(60);
    clock.wake();
    await new Promise(() => undefined);
  };
  expect(await inFlight.read(stalled(), 60, lengthOf)).toBe('too-slow');
  const held = holding(60);
  expect(await inFlight.read(new Uint8Array(40), 40, lengthOf)).toBe(40);
  await held.letGo();
});

test('a post without any bytes yet counts for its connection', async () => {
  inFlight = createInFlight({ clock, maxBytes: 100, maxBodyBytes: 60, minPostBytes: 25, withinMs: 1_000 });
  for (let posts = 0; posts < 4; posts++) {
    const { body, sent } = stalledBody(0);
    void inFlight.read(body, 0, lengthOf);
    await sent;
  }
  expect(await inFlight.read(nobody, 0, lengthOf)).toBe('no-room');
});

test('when room is short the bodies read for longest are dropped first, and only as many as needed', async () => {
  const time = fakeClock();
  const sleep: Clock['sleep'] = (_, stop) =>
    new Promise((__, reject) => stop?.addEventListener('abort', () => reject(new Error('stopped'))));
  const held = { ...time, sleep };
  const bounds = { clock: held, maxBytes: 100, maxBodyBytes: 60, minPostBytes: 0, withinMs: 60_000 };
  inFlight = createInFlight({ ...bounds, withinMsWhenFull: 2_000 });
  const answers: (readonly [string, unknown])[] = [];
  const stall = async (name: string, bytes: number): Promise<void> => {
    const { body, sent } = stalledBody(bytes);
    void inFlight.read(body, 0, lengthOf).then((answer) => answers.push([name, answer]));
    await sent;
  };
  await stall('first', 40);
  time.advance(1);
  await stall('second', 40);
  time.advance(1_998);
  expect(await inFlight.read(pieces(30), 0, lengthOf)).toBe('no-room');
  time.advance(1);
  expect(await inFlight.read(pieces(30, 30), 0, lengthOf)).toBe(60);
  await new Promise(setImmediate);
  expect(answers).toEqual([['first', 'too-slow']]);
});

test('a body that is being stored is never dropped', async () => {
  const time = fakeClock();
  const bounds = { clock: { ...time, sleep: clock.sleep }, maxBytes: 100, maxBodyBytes: 60, minPostBytes: 0 };
  inFlight = createInFlight({ ...bounds, withinMs: 60_000, withinMsWhenFull: 2_000 });
  const held = holding(60);
  await Promise.resolve();
  time.advance(60_000);
  expect(await inFlight.read(pieces(60), 0, lengthOf)).toBe('no-room');
  await held.letGo();
});

test('memory derived from a body counts too', async () => {
  const held = holding(40);
  expect(await inFlight.read(pieces(10), 0, (_, hold) => Promise.resolve([hold(60), hold(61)]))).toEqual([
    true,
    false,
  ]);
  expect(await inFlight.read(pieces(60), 0, lengthOf)).toBe(60);
  await held.letGo();
});
