import type { Json } from '../../../shared/contract/json';
import { runToEnd } from '../../../shared/values/cooperative';
import { writeJson } from '../../../shared/values/json/incremental-stringify';

/** The text, and how often writing it paused. */
function written(value: Json, isSorted = false): { readonly text: string; readonly pauses: number } {
  const work = writeJson(value, isSorted);
  for (let pauses = 0; ; pauses++) {
    const step = work.next();
    if (step.done === true) return { text: step.value, pauses };
  }
}

const PIECE = 32 * 1024;

test.each<[string, Json]>([
  ['many elements', Array.from({ length: 60_000 }, (_, place) => place)],
  ['many members', Object.fromEntries(Array.from({ length: 60_000 }, (_, place) => [`k${place}`, null]))],
  ['one long text', 'x"\\\n'.repeat(200_000)],
  ['characters of two units on the cut', `${'x'.repeat(PIECE - 1)}${'\u{1f40c}'.repeat(PIECE)}`],
  ['half characters', '\ud83d'.repeat(3 * PIECE)],
  ['long texts among others', { a: ['x'.repeat(3 * PIECE), 'y', { b: 'z'.repeat(PIECE) }], c: 1 }],
])('%s: written like JSON.stringify, with a pause about every 32 KB', (_, value) => {
  const { pauses, text } = written(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text.length).toBe(JSON.stringify(value).length);
  expect(pauses).toBeGreaterThanOrEqual(Math.floor(text.length / (7 * PIECE)));
});

test('when sorted, equal values have one text', () => {
  expect(written({ b: [{ y: 1, x: 2n }], a: 'z'.repeat(PIECE + 1) }, true).text).toBe(
    written({ a: 'z'.repeat(PIECE + 1), b: [{ x: 2n, y: 1 }] }, true).text,
  );
});

test('a large integer has all its digits, wherever it stands', () => {
  expect(runToEnd(writeJson([9007199254740993n, { a: -12345678901234567n }]))).toBe(
    '[9007199254740993,{"a":-12345678901234567}]',
  );
});

test('every character is written like JSON.stringify writes it', () => {
  const texts = Array.from({ length: 0x10000 }, (_, code) => `a${String.fromCharCode(code)}`);
  expect(written([...texts, '\u{1f40c}']).text).toBe(JSON.stringify([...texts, '\u{1f40c}']));
});

test('an unreadable value is null, and the rest is whole', () => {
  const get = (): never => {
    throw new Error('boom');
  };
  const gone = Proxy.revocable({}, {});
  gone.revoke();
  const list = Object.defineProperty([1, 2, 3], 1, { get, enumerable: true });
  const value = Object.defineProperty(
    { list, gone: gone.proxy, call: Object.assign(get, { toJSON: get }) },
    'own',
    {
      get,
      enumerable: true,
    },
  );
  expect(runToEnd(writeJson(value as unknown as Json, true))).toBe(
    '{"call":null,"gone":null,"list":[1,null,3],"own":null}',
  );
});

test('a text of megabytes is joined in a step of its own', () => {
  expect(written('x'.repeat(10 * PIECE)).pauses).toBe(9);
  // One more before it is joined, and one behind.
  expect(written('x'.repeat(40 * PIECE)).pauses).toBe(41);
});
