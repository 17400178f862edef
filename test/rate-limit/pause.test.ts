import { EMPTY_BUDGET } from '../../shared/rate-limit/reservation';
import { LONGEST_WAIT_MS } from '../../shared/values/wait-bound';
import { pausedFor, pauseEnd, withoutLimits } from '../../shared/rate-limit/pause';

const T = Date.parse('2026-11-21T12:00:00Z');
const HOUR_MS = LONGEST_WAIT_MS;

test('without a told wait it is a minute, then twice that, up to an hour; a good answer begins anew', () => {
  const pauses: number[] = [];
  let [state, now] = [EMPTY_BUDGET, T];
  for (let times = 0; times < 20; times++) {
    state = pausedFor(state, undefined, HOUR_MS, now);
    pauses.push((state.pausedUntilMs! - now) / 60_000);
    now = state.pausedUntilMs!;
  }
  expect(pauses.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  expect(pauses.at(-1)).toBe(60);
  expect(pausedFor(withoutLimits(state), undefined, HOUR_MS, now).pausedUntilMs).toBe(now + 60_000);
});

test('requests that were on their way together meet one limit', () => {
  const first = pausedFor(EMPTY_BUDGET, undefined, HOUR_MS, T);
  expect(pausedFor(first, undefined, HOUR_MS, T + 50)).toEqual(first);
});

test('a told wait is obeyed, the longest of several, and none beyond what makes sense', () => {
  const told = pausedFor(EMPTY_BUDGET, 90_000, HOUR_MS, T);
  expect(told).toEqual({ ...EMPTY_BUDGET, pausedUntilMs: T + 90_000 });
  expect(pausedFor(told, 10_000, HOUR_MS, T).pausedUntilMs).toBe(T + 90_000);
  expect(pausedFor(EMPTY_BUDGET, 1e15, HOUR_MS, T).pausedUntilMs).toBe(T + HOUR_MS);
  expect(pausedFor(EMPTY_BUDGET, Number.NaN, HOUR_MS, T).pausedUntilMs).toBe(T);
});

test('a pause that was kept ends within its bound, and one that no clock can have meant is none', () => {
  const end = (aheadMs: number): number =>
    pauseEnd({ ...EMPTY_BUDGET, pausedUntilMs: T + aheadMs }, HOUR_MS, T) - T;
  expect([end(-1), end(0), end(30_000), end(HOUR_MS), end(HOUR_MS + 60_000)]).toEqual([
    0,
    0,
    30_000,
    HOUR_MS,
    HOUR_MS,
  ]);
  expect([end(1e15), end(5 * 86_400_000), end(Number.NaN)]).toEqual([0, 0, 0]);
});
