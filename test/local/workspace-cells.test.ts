import { cut, toCell } from '../../local/workspace/store/cells';
import { formatJson, parseJson } from '../../local/workspace/lossless-json';
import { readTime, toMicros } from '../../local/workspace/time';

test.each([
  ['2026-11-21', '2026-11-21T00:00:00Z'],
  ['2026-11-21 10:11', '2026-11-21T10:11:00Z'],
  ['2026-11-21T10:11:12', '2026-11-21T10:11:12Z'],
  ['2026-11-21T10:11:12.5z', '2026-11-21T10:11:12.500Z'],
  ['2026-11-21T10:11:12,25Z', '2026-11-21T10:11:12.250Z'],
  ['2026-11-21T10:11:12+02:00', '2026-11-21T08:11:12Z'],
  ['2026-11-21T10:11:12-0530', '2026-11-21T15:41:12Z'],
  ['2026-11-21T10:11:12+01', '2026-11-21T09:11:12Z'],
  ['Sat, 21 Nov 2026 10:11:12 GMT', '2026-11-21T10:11:12Z'],
])('%s is a time', (text, iso) => {
  expect(readTime(text)).toBe(toMicros(new Date(iso)));
});

test('a time keeps six fractional digits', () => {
  expect(readTime('1970-01-01T00:00:00.1234567Z')).toBe(123_456n);
});

test.each(['', 'foo 1', '5', '2026-02-30', '2026-13-01', '2026-11-21T25:00', '21.11.2026', '2026-11-21T10'])(
  '«%s» is not a time',
  (text) => {
    expect(readTime(text)).toBeUndefined();
  },
);

test('text is cut between characters and never becomes longer', () => {
  expect(cut('aé🎉', 7)).toBe('aé🎉');
  expect(cut('aé🎉', 6)).toBe('aé');
  expect(cut('aé🎉', 2)).toBe('a');
});

test('whole numbers are clamped to their type', () => {
  expect([toCell(2 ** 31 - 1, 'int', 9), toCell(2 ** 31, 'int', 9)]).toEqual([2 ** 31 - 1, null]);
  expect([toCell('-9223372036854775808', 'long', 99), toCell(2n ** 63n, 'long', 99)]).toEqual([
    -(2n ** 63n),
    null,
  ]);
});

test.each([
  '[12345678901234567890]',
  '{"a":{"b":-9007199254740993}}',
  '[0.12345678901234568]',
  '"1234567890123456789"',
])('%s is read and written with all its digits', (text) => {
  expect(formatJson(parseJson(text))).toBe(text);
});

test('an integer of more than 64 digits is their text', () => {
  const digits = '7'.repeat(65);
  expect(parseJson(`[${digits}]`)).toEqual([digits]);
  expect(parseJson(`[${digits.slice(1)}]`)).toEqual([BigInt(digits.slice(1))]);
});

test('the last of two equal keys wins, with and without long numbers', () => {
  expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 });
  expect(parseJson('{"a":1,"a":12345678901234567}')).toEqual({ a: 12345678901234567n });
});

test('half a surrogate pair becomes the replacement character; a whole pair and escaped text stay', () => {
  expect(parseJson(String.raw`["\ud800","\ud83d\ude00","\\ud800","\udc00\ud800"]`)).toEqual([
    '\ufffd',
    '😀',
    String.raw`\ud800`,
    '\ufffd\ufffd',
  ]);
});
