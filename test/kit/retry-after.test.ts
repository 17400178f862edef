import { retryAfterMs } from '../../shared/kit/retry-after';

const NOW = new Date('2026-11-21T12:00:00.000Z');

test.each([
  ['5', 5_000],
  [' 5 ', 5_000],
  ['0', 0],
  ['0.5', 500],
  ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
  ['Saturday, 21-Nov-26 12:00:30 GMT', 30_000],
  ['Sat, 21 Nov 2026 11:59:00 GMT', 0],
])('%j is %i ms', (value, expected) => {
  expect(retryAfterMs({ 'retry-after': value }, NOW)).toBe(expected);
});

test.each(['', '-5', 'soon', '5 seconds', '5, 10', '1e3', 'NaN'])('%j says nothing', (value) => {
  expect(retryAfterMs({ 'retry-after': value }, NOW)).toBeUndefined();
});

test('an answer without the header says nothing', () => {
  expect(retryAfterMs({}, NOW)).toBeUndefined();
});
