import type { Clock } from '../../shared/contract/run';
import { createInFlight, type InFlight } from '../../shared/push/in-flight';
import { fakeClock } from '../fakes/fake-clock';

/** A clock whose sleeps end when the test says so. */
function heldClock(): Clock & { readonly wake: () => void } {
  let wake: () => void = () => undefined;
  const woken = new Promise<void>((resolve) => (wake = resolve));
  return { ...fakeClock(), sleep: () => woken, wake };
}

let clock = heldClock();
let inFlight: InFlight;
beforeEach(() => {
  clock = heldClock();
  inFlight = createInFlight({ clock, maxBytes: 100, maxBodyBytes: 60, withinMs: 1_000 });
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

/** Holds a body until it is let go. */
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

test('a body is read whole, in pieces or at hand', async () => {
  const text = (bytes: Uint8Array) => Promise.resolve(Buffer.from(bytes).toString());
  expect(await inFlight.read(pieces(2, 0, 3), 0, text)).toBe('aaaaa');
  expect(await inFlight.read(Buffer.from('abc'), 3, text)).toBe('abc');
  expect(await inFlight.read(pieces(), 0, text)).toBe('');
});

test('one that is larger than a body may be is not read on', async () => {
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

test('all together stay within the bound, until each is answered', async () => {
  const held = holding(60);
  expect(await inFlight.read(nobody, 41, lengthOf)).toBe('no-room');
  expect(await inFlight.read(pieces(40, 1), 0, lengthOf)).toBe('no-room');
  expect(await inFlight.read(pieces(40), 0, lengthOf)).toBe(40);
  await held.letGo();
  expect(await inFlight.read(pieces(41), 41, lengthOf)).toBe(41);
});

test('what was refused, failed or threw holds no room', async () => {
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

test('who stands still in the middle of a body is not waited for', async () => {
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
