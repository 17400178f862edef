import type { Batch } from '../../shared/contract/sink';
import { cutBatches, halve, type Cut } from '../../shared/rows/batch';
import { withoutPauses } from '../../shared/values/cooperative';
import { encodedRows } from '../fakes/batches';

const cut = (rows: readonly string[], maxBytes: number): Cut<string>[] => [
  ...withoutPauses(cutBatches(encodedRows(rows), maxBytes)),
];
const arrayOf = (rows: readonly string[]): string => `[${rows.join(',')}]`;
const bodies = (batches: readonly Batch[]): string[] => batches.map(({ body }) => body.toString());

test.each<[string, readonly string[], number, readonly (readonly string[])[]]>([
  ['nothing', [], 10, []],
  ['one row', ['1'], 10, [['1']]],
  ['rows that just fit', ['1', '2', '3'], 7, [['1', '2', '3']]],
  ['rows that do not fit by one byte', ['1', '2', '3'], 6, [['1', '2'], ['3']]],
  [
    'a row over the limit between others',
    ['1', '"xxxxxxxx"', '2', '3'],
    7,
    [['1'], ['"xxxxxxxx"'], ['2', '3']],
  ],
  ['only rows over the limit', ['"xxxxx"', '"yyyyy"'], 5, [['"xxxxx"'], ['"yyyyy"']]],
  ['bytes, not characters', ['"é"', '"é"'], 9, [['"é"'], ['"é"']]],
])('cuts %s', (_, rows, maxBytes, expected) => {
  const batches = cut(rows, maxBytes);
  expect(batches.map((batch) => batch.rows)).toEqual(expected);
  expect(bodies(batches)).toEqual(expected.map(arrayOf));
  expect(batches.map(({ count }) => count)).toEqual(expected.map(({ length }) => length));
});

test.each([1_000, 70_000, 400_000])(
  'keeps every row and the order, and fills each batch of %i bytes',
  (maxBytes) => {
    const rows = Array.from({ length: 9_000 }, (_, i) => JSON.stringify('\u{1f40c}é'.repeat((i * 37) % 90)));
    const batches = cut(rows, maxBytes);
    expect(batches.flatMap((batch) => batch.rows)).toEqual(rows);
    expect(bodies(batches)).toEqual(batches.map((batch) => arrayOf(batch.rows)));
    expect(batches.every(({ body }) => body.length <= maxBytes)).toBe(true);
    const joined = batches
      .slice(1)
      .map((batch, i) => (batches[i]?.body.length ?? 0) + 1 + Buffer.byteLength(batch.rows[0] ?? ''));
    expect(joined.every((bytes) => bytes > maxBytes)).toBe(true);
  },
);

test('takes a row only when there is room for it', () => {
  let asked = 0;
  const rows = function* (): Generator<{ text: string; row: number }> {
    for (; asked < 100;) yield { text: '1', row: asked++ };
  };
  const batches = cutBatches(rows(), 7);
  batches.next();
  expect(asked).toBe(4);
});

test('passes a pause among the rows on, and loses no row', () => {
  const [a, b, c] = encodedRows(['1', '2', '3']);
  const batches = [...cutBatches([a, undefined, b, undefined, c], 6)];
  expect(batches.map((batch) => batch?.rows)).toEqual([undefined, undefined, ['1', '2'], ['3']]);
});

test.each([2, 3, 10])('halves a batch of %i rows, and each half again', (count) => {
  const rows = Array.from({ length: count }, (_, i) => `"${'é'.repeat(i)}"`);
  const [whole] = cut(rows, 1_000) as [Cut<string>];
  const halves = halve(whole);
  expect(halves.flatMap((half) => half.rows)).toEqual(rows);
  expect(bodies(halves)).toEqual(halves.map((half) => arrayOf(half.rows)));
  expect(Math.abs(halves[0].count - halves[1].count)).toBeLessThan(2);
  const quarters = halves.flatMap((half) => (half.count > 1 ? halve(half) : [half]));
  expect(bodies(quarters)).toEqual(quarters.map((quarter) => arrayOf(quarter.rows)));
  expect(quarters.flatMap((quarter) => quarter.rows)).toEqual(rows);
});
