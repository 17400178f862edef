import type { RateBudget } from '../../shared/contract/budget';
import { EMPTY_BUDGET } from '../../shared/rate-limit/stored-budget';
import { compileTooManyRequests } from '../../shared/rate-limit/answer/too-many-requests';
import { pause, pauseEnd } from '../../shared/rate-limit/account-pause';
import { readRateHeaders } from '../../shared/rate-limit/answer/rate-limit-headers';
import { observedLimits } from '../../shared/rate-limit/observed-limits';
import { compileRetryAfter, retryAfterMs } from '../../shared/rate-limit/answer/retry-after';
import {
  boundedEnd,
  boundedWait,
  CLOCKS_APART_MS,
  isLongAgo,
  LONGEST_DECLARED_MS,
  LONGEST_WAIT_MS,
  longestWaitMs,
} from '../../shared/values/wait-bound';
import { budgetAnswer } from '../fakes/budget-answer';

/* Whatever number a peer sends, or storage returns, no wait exceeds the declared maximum. */

const NOW = new Date('2026-11-21T12:00:00.000Z');
const T = NOW.getTime();
const HOUR: RateBudget = { limits: [] };
const DAY: RateBudget = { limits: [{ requests: 10, perMs: 90_000_000 }] };
const TEXTS = [
  ...['0', '-0', '-1', '2147483648', '1000000000', '999999999', '4294967296', '1e9', 'NaN', 'Infinity'],
  ...['9'.repeat(400), '0.0000001', '', ' ', 'null', '253402300799', '253402300799000', '1.5'],
  ...['Fri, 31 Dec 9999 23:59:59 GMT', '9999-12-31T23:59:59Z', 'Thu, 01 Jan 1970 00:00:00 GMT'],
];
const NUMBERS = [
  ...[0, -0, -1, 1, 2 ** 31, 1e9, 2 ** 53, 1e300, Infinity, -Infinity, Number.NaN],
  ...[Date.parse('9999-12-31T23:59:59Z'), -Date.parse('9999-12-31T23:59:59Z'), T, T + 1, T - 1],
];
const NAMES = ['x-ratelimit-', 'x-rate-limit-', 'ratelimit-', 'rate-limit-'];

function isWithin(ms: number | undefined, longestMs: number): boolean {
  return ms === undefined || (Number.isFinite(ms) && ms >= 0 && ms <= longestMs);
}

test('a vendor may be waited for an hour, or as long as its longest limit, at most a day', () => {
  const of = (...spans: number[]): number =>
    longestWaitMs({ limits: spans.map((perMs) => ({ requests: 1, perMs })) });
  expect([of(), of(1_000), of(7_200_000), of(60_000, 90_000_000)]).toEqual([
    LONGEST_WAIT_MS,
    LONGEST_WAIT_MS,
    7_200_000,
    LONGEST_DECLARED_MS,
  ]);
});

test.each(TEXTS)('Retry-After: %s is waited for within the limit, or ignored', (text) => {
  const headers = { 'retry-after': text };
  expect(isWithin(retryAfterMs(headers, NOW), LONGEST_WAIT_MS)).toBe(true);
  for (const [budget, longestMs] of [
    [HOUR, LONGEST_WAIT_MS],
    [DAY, LONGEST_DECLARED_MS],
  ] as const) {
    const tooMany = compileTooManyRequests(budget)(budgetAnswer(429, headers), NOW);
    expect(isWithin(tooMany?.retryAfterMs, longestMs)).toBe(true);
  }
});

test('a wait of years becomes an hour, or a day for a vendor that declares a daily limit', () => {
  const answer = budgetAnswer(429, { 'retry-after': '999999999' });
  expect(compileTooManyRequests(HOUR)(answer, NOW)).toEqual({ retryAfterMs: LONGEST_WAIT_MS });
  expect(compileTooManyRequests(DAY)(answer, NOW)).toEqual({ retryAfterMs: LONGEST_DECLARED_MS });
});

test.each(TEXTS)(
  'a reset, a remaining number or a limit of %s delays no request beyond the limit',
  (text) => {
    for (const name of NAMES) {
      for (const which of ['reset', 'remaining', 'limit']) {
        const headers = { [`${name}remaining`]: '0', [`${name}reset`]: '30', [`${name}limit`]: '10' };
        const observed = readRateHeaders({ ...headers, [`${name}${which}`]: text }, NOW);
        const budget = observedLimits(0.2);
        budget.observe(
          observed.map((one) => ({ ...one, resetMs: boundedWait(one.resetMs) })),
          T,
        );
        for (const isLowPriority of [false, true])
          expect(isWithin(budget.nextAt(0, T, isLowPriority) - T, LONGEST_WAIT_MS)).toBe(true);
      }
    }
  },
);

test.each(NUMBERS)('a body that asks to wait %d, in any unit, is obeyed within the limit', (value) => {
  for (const unit of ['seconds', 'milliseconds'] as const) {
    const wait = compileRetryAfter({ ...HOUR, wait: { from: '$.wait', unit } });
    for (const text of [String(value), JSON.stringify(String(value))])
      expect(isWithin(wait(budgetAnswer(200, {}, `{"wait":${text}}`), NOW), LONGEST_WAIT_MS)).toBe(true);
  }
});

test.each(NUMBERS)('a pause of %d, requested or stored, ends within the limit', (value) => {
  expect(isWithin(boundedWait(value), LONGEST_WAIT_MS)).toBe(true);
  expect(isWithin(boundedEnd(value, T) - T, LONGEST_WAIT_MS)).toBe(true);
  const stored = { ...EMPTY_BUDGET, pausedUntilMs: value };
  expect(isWithin(pauseEnd(stored, LONGEST_DECLARED_MS, T) - T, LONGEST_DECLARED_MS)).toBe(true);
  const asked = pause(stored, value, LONGEST_WAIT_MS, T);
  expect(isWithin((asked.pausedUntilMs ?? T) - T, LONGEST_WAIT_MS)).toBe(true);
});

test('an impossible time delays no request, now or later', () => {
  const far = Date.parse('2058-01-01T00:00:00Z');
  for (const nowMs of [T, T + 1_000, T + 10 * LONGEST_WAIT_MS]) expect(boundedEnd(far, nowMs)).toBe(nowMs);
  // Clocks that differ by minutes are both accepted.
  expect(boundedEnd(T + LONGEST_WAIT_MS + CLOCKS_APART_MS, T)).toBe(T + LONGEST_WAIT_MS);
});

test('a stored time is expired by its age, or if it is too far in the future', () => {
  const of = (atMs: number): boolean => isLongAgo(atMs, T, 60_000);
  expect([of(T - 59_999), of(T), of(T + CLOCKS_APART_MS)]).toEqual([false, false, false]);
  expect([of(T - 60_000), of(T + CLOCKS_APART_MS + 1), of(Number.NaN)]).toEqual([true, true, true]);
});
