import type { RateBudget } from '../contract/budget';

/** No wait is longer, whoever asks for it, unless a vendor's declared limits span more. */
export const LONGEST_WAIT_MS = 3_600_000;
/** No wait at all is longer. */
export const LONGEST_DECLARED_MS = 86_400_000;
/** A request, and with it a read, ends at the latest so long after its run: within what the platform leaves it. */
export const OVERRUN_MS = 30_000;
/** What clocks may differ by, ours, a peer's and those of our own processes. A stored time further ahead was written by a clock that jumped. */
export const CLOCKS_APART_MS = 600_000;

/** The longest wait that a vendor may ask for: an hour, or as long as its longest declared limit, a day at most. */
export function longestWaitMs({ limits }: Pick<RateBudget, 'limits'>): number {
  return Math.min(LONGEST_DECLARED_MS, Math.max(LONGEST_WAIT_MS, ...limits.map(({ perMs }) => perMs)));
}

/** A wait that somebody asks for, within its bounds; none where it is no number. */
export function boundedWait(ms: number, longestMs = LONGEST_WAIT_MS): number {
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), longestMs);
}

/**
 * When a wait ends whose end was kept, in storage or by a clock that may have been set since; now, where it is over. An end
 * that is further away than any wait is nobody's: it holds nobody.
 */
export function boundedEnd(untilMs: number, nowMs: number, longestMs = LONGEST_WAIT_MS): number {
  const isAhead = untilMs > nowMs && untilMs <= nowMs + longestMs + CLOCKS_APART_MS;
  return isAhead ? Math.min(untilMs, nowMs + longestMs) : nowMs;
}

/** True where a kept time is as long ago as that, or lies so far ahead that a clock was wrong. */
export function isLongAgo(atMs: number, nowMs: number, agoMs: number): boolean {
  return !(atMs > nowMs - agoMs && atMs <= nowMs + CLOCKS_APART_MS);
}
