import { lostByBaseline } from './baseline-reader';

const MINUTE_MS = 60_000;
const at = (minute: number, lateMinutes = 0) => ({
  timeMs: minute * MINUTE_MS,
  atMs: (minute + lateMinutes) * MINUTE_MS,
});

test('the baseline reader loses events later than its delay, and events within a second of the newest', () => {
  const steady = Array.from({ length: 60 }, (_, minute) => at(minute));
  expect(lostByBaseline(steady)).toBe(0);
  expect(lostByBaseline([...steady, at(20.5, 45)])).toBe(1);
  expect(lostByBaseline([...steady, at(20.5, 5)])).toBe(0);
  const newest = at(59);
  expect(
    lostByBaseline([...steady, { timeMs: newest.timeMs + 500, atMs: newest.atMs + 30 * MINUTE_MS }]),
  ).toBe(1);
  expect(lostByBaseline([])).toBe(0);
});
