import { runToEnd } from '../../shared/values/cooperative';
import type { Json } from '../../shared/contract/json';
import { cutText, truncateFields } from '../../shared/rows/truncate';

describe('cutText', () => {
  test.each<[string, number, string]>([
    ['abc', 3, 'abc'],
    ['abc', 5, 'abc'],
    ['abcd', 3, 'abc'],
    ['aé', 2, 'a'],
    ['aé', 3, 'aé'],
    ['\u{1f40c}\u{1f40c}', 7, '\u{1f40c}'],
    ['\u{1f40c}', 3, ''],
    ['abc', 0, ''],
    ['\u0000\u0000', 1, '\u0000'],
  ])('%j to %i bytes is %j', (text, maxBytes, cut) => {
    expect(cutText(text, maxBytes)).toBe(cut);
  });

  test('ends between two characters wherever it cuts, and never over the limit', () => {
    const text = 'a\u00e9\u20ac\u{1f40c}'.repeat(20);
    for (let bytes = 0; bytes <= Buffer.byteLength(text); bytes++) {
      const cut = cutText(text, bytes);
      expect(
        text.startsWith(cut) && Buffer.byteLength(cut) <= bytes && Buffer.byteLength(cut) > bytes - 4,
      ).toBe(true);
    }
  });
});

describe('truncateFields', () => {
  test('leaves a row whose fields all fit unchanged', () => {
    const columns: Record<string, Json> = { A: 'x'.repeat(10), B: 5, C: null, D: { a: 1 }, E: true };
    expect(runToEnd(truncateFields(columns, 10))).toEqual([]);
    expect(columns).toEqual({ A: 'x'.repeat(10), B: 5, C: null, D: { a: 1 }, E: true });
  });

  test('cuts text and dynamic values, and names them', () => {
    const columns: Record<string, Json> = { A: 'é'.repeat(10), B: ['abcdefghij'], C: 'short' };
    expect(runToEnd(truncateFields(columns, 9))).toEqual(['A', 'B']);
    expect(columns).toEqual({ A: 'éééé', B: '["abcdefg', C: 'short', TruncatedFields: ['A', 'B'] });
  });

  test('measures bytes, not characters', () => {
    const columns: Record<string, Json> = { A: '\u20ac'.repeat(4) };
    expect(runToEnd(truncateFields(columns, 11))).toEqual(['A']);
    expect(columns['A']).toBe('\u20ac'.repeat(3));
  });

  test('writes no more of a long dynamic value than it keeps', () => {
    const value = Array.from({ length: 100_000 }, (_, at) => ({ at, text: '\u{1f40c}' }));
    const columns: Record<string, Json> = { A: value };
    const work = truncateFields(columns, 100_001);
    let pauses = 0;
    let step = work.next();
    for (; step.done !== true; step = work.next()) pauses++;
    expect(step.value).toEqual(['A']);
    expect(pauses).toBeLessThan(10);
    expect(columns['A']).toBe(cutText(JSON.stringify(value), 100_001));
  });

  test('measures the content of a dynamic value, even integers beyond 2^53', () => {
    const columns: Record<string, Json> = { A: [9007199254740993n, 9007199254740993n] };
    expect(runToEnd(truncateFields(columns, 20))).toEqual(['A']);
    expect(columns['A']).toBe('[9007199254740993,90');
  });
});
