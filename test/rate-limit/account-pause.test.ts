import { EMPTY_BUDGET } from '../../shared/rate-limit/stored-budget';
import { LONGEST_WAIT_MS } from '../../shared/values/wait-bound';
import { pause, pauseEnd, forgetLimitsMet } from '../../shared/rate-limit/account-pause';

const T = Date.parse('2026-11-21T12:00:00Z');
const HOUR_MS = LONGEST_WAIT_MS;

test('without Retry-After a pause is a minute, then twice that, up to an hour; after a good answer a minute again', () => {
  const pauses: number[] = [];
  let [state, now] = [EMPTY_BUDGET, T];
  for (let times = 0; times < 20; times++) {
    state = pause(state, undefined, HOUR_MS, now);
    pauses.push((state.pausedUntilMs! - now) / 60_000);
    now = state.pausedUntilMs!;
  }
  expect(pauses.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  expect(pauses.at(-1)).toBe(60);
  expect(pause(forgetLimitsMet(state), undefined, HOUR_MS, now).pausedUntilMs).toBe(now + 60_000);
});

test('requests that were in flight together count as one failure', () => {
  const first = pause(EMPTY_BUDGET, undefined, HOUR_MS, T);
  expect(pause(first, undefined, HOUR_MS, T + 50)).toEqual(first);
});

test('Retry-After is obeyed: the longest of several, up to the limit', () => {
  const asked = pause(EMPTY_BUDGET, 90_000, HOUR_MS, T);
  expect(asked).toEqual({ ...EMPTY_BUDGET, pausedUntilMs: T + 90_000 });
  expect(pause(asked, 10_000, HOUR_MS, T).pausedUntilMs).toBe(T + 90_000);
  expect(pause(EMPTY_BUDGET, 1e15, HOUR_MS, T).pausedUntilMs).toBe(T + HOUR_MS);
  expect(pause(EMPTY_BUDGET, Number.NaN, HOUR_MS, T).pausedUntilMs).toBe(T);
});

test('a stored pause ends at its limit, and is ignored if only a wrong clock can have written it', () => {
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
