import { retryAfterMs } from '../../../shared/rate-limit/answer/retry-after';

const NOW = new Date('2026-11-21T12:00:00.000Z');

test.each([
  ['5', 5_000],
  [' 5 ', 5_000],
  ['0', 0],
  ['0.5', 500],
  ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
  ['Saturday, 21-Nov-26 12:00:30 GMT', 30_000],
  ['Sat Nov 21 12:00:30 2026', 30_000],
  ['Sat Nov  1 12:00:30 2026', 0],
  ['2026-11-21T12:00:30.500Z', 30_500],
  ['2026-11-21T13:00:30+01:00', 30_000],
  ['2026-11-21 12:00:30', 30_000],
  // A time more than fifty years ahead is read as past, and no wait exceeds an hour.
  ['Saturday, 21-Nov-77 12:00:30 GMT', 0],
  ['Saturday, 21-Nov-76 12:00:30 GMT', 3_600_000],
  ['9999-12-31T23:59:59Z', 3_600_000],
  ['99999999999999999999', 3_600_000],
  ['Sat, 21 Nov 2026 11:59:00 GMT', 0],
])('%j is %i ms', (value, expected) => {
  expect(retryAfterMs({ 'retry-after': value }, NOW)).toBe(expected);
});

test.each([
  '',
  '-5',
  'soon',
  '5 seconds',
  '5, 10',
  '1e3',
  'NaN',
  'Sat, 31 Nov 2026 12:00:30 GMT',
  'Sat Nov 31 12:00:30 2026',
  '2026-11-21T25:00:00Z',
  'PT5S',
])('%j is ignored', (value) => {
  expect(retryAfterMs({ 'retry-after': value }, NOW)).toBeUndefined();
});

test('an answer without the header has no wait', () => {
  expect(retryAfterMs({}, NOW)).toBeUndefined();
});
