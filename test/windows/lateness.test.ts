import { runToEnd } from '../../shared/values/cooperative';
import { learnLateness, overlapOf } from '../../shared/windows/lateness';

const spec = { lag: { minMs: 60_000, maxMs: 6 * 3_600_000 } };
const NOW = '2026-11-21T12:00:00.000Z';
const MINUTE = 60_000;
const learned = (...told: Parameters<typeof learnLateness>) =>
  runToEnd(learnLateness(...told)) ?? { at: '', weights: {} };
const times = (count: number, lagMs: number): number[] => Array.from({ length: count }, () => lagMs);

test('as long as nothing is known, the whole allowed lateness is rechecked', () => {
  expect(overlapOf(undefined, spec)).toBe(spec.lag.maxMs);
});

test('the learned lateness covers 99.9 % of the events, and is less than half too long', () => {
  const known = learned(undefined, [...times(9_980, MINUTE), ...times(20, 45 * MINUTE)], NOW);
  const overlapMs = overlapOf(known, spec);
  expect(overlapMs).toBeGreaterThanOrEqual(45 * MINUTE);
  expect(overlapMs).toBeLessThan(1.5 * 45 * MINUTE);
  const rare = learned(undefined, [...times(9_995, MINUTE), ...times(5, 45 * MINUTE)], NOW);
  expect(overlapOf(rare, spec)).toBeLessThan(1.5 * MINUTE);
});

test('the learned lateness stays within the bounds of the source', () => {
  expect(overlapOf(learned(undefined, [1], NOW), spec)).toBe(spec.lag.minMs);
  expect(overlapOf(learned(undefined, [9e9], NOW), spec)).toBe(spec.lag.maxMs);
});

test('old events lose weight, so that a past delay is forgotten', () => {
  const once = learned(undefined, times(100, 3 * 3_600_000), NOW);
  const later = learned(once, times(1_000, MINUTE), '2026-11-24T12:00:00.000Z');
  expect(overlapOf(later, spec)).toBeGreaterThan(2 * 3_600_000);
  const month = learned(later, times(10_000, MINUTE), '2026-12-21T12:00:00.000Z');
  expect(overlapOf(month, spec)).toBeLessThan(2 * MINUTE);
});

test('the stored statistics stay small', () => {
  const lags = Array.from({ length: 5_000 }, (_, i) => 1.01 ** i % 1e12);
  expect(JSON.stringify(learned(undefined, lags, NOW)).length).toBeLessThan(1_500);
});

test('a clock that steps back removes no weight', () => {
  const known = learned(undefined, times(10, MINUTE), NOW);
  expect(learned(known, [], '2026-11-20T12:00:00.000Z').weights).toEqual(known.weights);
});
