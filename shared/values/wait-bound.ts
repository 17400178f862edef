import type { RateBudget } from '../contract/budget';

/** The longest wait that anybody may ask for, unless a vendor's declared limits span more. */
export const LONGEST_WAIT_MS = 3_600_000;
/** The longest wait at all. */
export const LONGEST_DECLARED_MS = 86_400_000;
/** How long after its run's deadline a request or a read may end. Within the remaining platform time. */
export const OVERRUN_MS = 30_000;
/** The tolerated difference between clocks: ours, a peer's, and those of our processes. A stored time further ahead comes from a clock that jumped. */
export const CLOCKS_APART_MS = 600_000;

/** The longest wait that a vendor may ask for: an hour, or as long as its longest declared limit, a day at most. */
export function longestWaitMs({ limits }: Pick<RateBudget, 'limits'>): number {
  return Math.min(LONGEST_DECLARED_MS, Math.max(LONGEST_WAIT_MS, ...limits.map(({ perMs }) => perMs)));
}

/** Clips a requested wait to its bounds, in milliseconds; 0 for NaN. */
export function boundedWait(ms: number, longestMs = LONGEST_WAIT_MS): number {
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), longestMs);
}

/**
 * Clips the stored end of a wait; epoch milliseconds. Returns now for a wait that is over, or whose end is further ahead than
 * any wait, because a clock was set meanwhile.
 */
export function boundedEnd(untilMs: number, nowMs: number, longestMs = LONGEST_WAIT_MS): number {
  const isAhead = untilMs > nowMs && untilMs <= nowMs + longestMs + CLOCKS_APART_MS;
  return isAhead ? Math.min(untilMs, nowMs + longestMs) : nowMs;
}

/** True when a stored time is at least this long ago, or so far ahead that a clock was wrong. */
export function isLongAgo(atMs: number, nowMs: number, agoMs: number): boolean {
  return !(atMs > nowMs - agoMs && atMs <= nowMs + CLOCKS_APART_MS);
}
