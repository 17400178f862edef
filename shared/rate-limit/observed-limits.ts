import { LIVE_SHARE, SHORT_MS } from './reservation';
import type { RateHeader } from './answer/rate-limit-headers';
import { boundedEnd, LONGEST_DECLARED_MS } from '../values/wait-bound';

/** Two resets that differ by less are one: the vendor writes whole seconds. */
const SAME_RESET_MS = 2_000;

interface ObservedLimit {
  readonly remaining: number;
  /** Of these others keep some, and those who are patient leave some more. */
  readonly limit: number;
  readonly resetAtMs: number;
}

/** What the vendor's answers say is left. */
export interface ObservedLimits {
  observe(told: readonly RateHeader[], nowMs: number): void;
  /**
   * When the next may be sent: now while more than the reserve is left, else when the limit is full again.
   * @param isLowPriority what is live is left a share too, unless the limit is full again soon
   */
  nextAt(inFlight: number, nowMs: number, isLowPriority?: boolean): number;
}

/**
 * Remembers what the vendor told of its limits. What is on its way may not be counted there yet, so it is taken off.
 * @param reserve the share of each limit that others keep
 */
export function observedLimits(reserve: number): ObservedLimits {
  let standing: readonly ObservedLimit[] = [];
  return {
    observe(told, nowMs) {
      if (told.length === 0) return;
      standing = told.map(({ limit = 0, remaining, resetMs }): ObservedLimit => {
        const heard = { remaining, limit, resetAtMs: nowMs + resetMs };
        const before = standing.find(
          ({ resetAtMs }) => resetAtMs > nowMs && Math.abs(resetAtMs - heard.resetAtMs) < SAME_RESET_MS,
        );
        // Answers may overtake one another: the least of one span counts.
        if (before === undefined || before.remaining >= remaining) return heard;
        return { ...heard, remaining: before.remaining, resetAtMs: before.resetAtMs };
      });
    },
    nextAt(inFlight, nowMs, isLowPriority = false) {
      const leftTo = ({ limit, resetAtMs }: ObservedLimit): number => {
        const leaves = isLowPriority && resetAtMs - nowMs > SHORT_MS ? LIVE_SHARE : 0;
        return Math.floor(Math.min(limit, Number.MAX_SAFE_INTEGER) * (reserve + (1 - reserve) * leaves));
      };
      const waits = standing
        .filter((one) => one.remaining - inFlight <= leftTo(one))
        .map(({ resetAtMs }) => boundedEnd(resetAtMs, nowMs, LONGEST_DECLARED_MS));
      return Math.max(nowMs, ...waits);
    },
  };
}
