import { lostByPeers } from './baseline-reader';

const MINUTE_MS = 60_000;
const at = (minute: number, lateMinutes = 0) => ({
  timeMs: minute * MINUTE_MS,
  atMs: (minute + lateMinutes) * MINUTE_MS,
});

test('a reader by the common rule loses what is later than its delay, and what shares a second with the newest', () => {
  const steady = Array.from({ length: 60 }, (_, minute) => at(minute));
  expect(lostByPeers(steady)).toBe(0);
  expect(lostByPeers([...steady, at(20.5, 45)])).toBe(1);
  expect(lostByPeers([...steady, at(20.5, 5)])).toBe(0);
  const newest = at(59);
  expect(lostByPeers([...steady, { timeMs: newest.timeMs + 500, atMs: newest.atMs + 30 * MINUTE_MS }])).toBe(
    1,
  );
  expect(lostByPeers([])).toBe(0);
});
