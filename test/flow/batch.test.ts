import { cutBatches, halve } from '../../shared/flow/batch';

/** Bytes of the JSON array that a sink makes of rows. */
const bytesOf = (rows: readonly string[]): number => Buffer.byteLength(`[${rows.join(',')}]`);
const encoded = (rows: readonly string[]): { text: string }[] => rows.map((text) => ({ text }));
const cut = (rows: readonly string[], maxBytes: number): { rows: string[]; bytes: number }[] =>
  [...cutBatches(encoded(rows), maxBytes)].map((batch) => ({
    ...batch,
    rows: batch.rows.map(({ text }) => text),
  }));

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
])('cuts %s', (_, rows, maxBytes, batches) => {
  expect(cut(rows, maxBytes).map((batch) => batch.rows)).toEqual(batches);
});

test('says the exact bytes of each batch, keeps every row and its order, and leaves no room unused', () => {
  const rows = Array.from({ length: 500 }, (_, i) => JSON.stringify('\u{1f40c}é'.repeat((i * 37) % 90)));
  const batches = cut(rows, 1_000);
  expect(batches.flatMap((batch) => batch.rows)).toEqual(rows);
  expect(batches.map(({ bytes }) => bytes)).toEqual(batches.map((batch) => bytesOf(batch.rows)));
  expect(batches.every(({ bytes }) => bytes <= 1_000)).toBe(true);
  const joined = batches
    .slice(1)
    .map((batch, i) => bytesOf([...(batches[i]?.rows ?? []), batch.rows[0] ?? '']));
  expect(joined.every((bytes) => bytes > 1_000)).toBe(true);
});

test.each([2, 3, 10])('halves a batch of %i rows', (count) => {
  const rows = Array.from({ length: count }, (_, i) => `"${'é'.repeat(i)}"`);
  const halves = halve({ rows: encoded(rows), bytes: 0 }).map((half) => ({
    ...half,
    rows: half.rows.map(({ text }) => text),
  }));
  expect(halves.flatMap((half) => half.rows)).toEqual(rows);
  expect(halves.map(({ bytes }) => bytes)).toEqual(halves.map((half) => bytesOf(half.rows)));
  expect(Math.abs((halves[0]?.rows.length ?? 0) - (halves[1]?.rows.length ?? 0))).toBeLessThan(2);
});
