import { isShort } from './declared-limits';
import { LIVE_SHARE } from './low-priority';
import type { RateHeader } from './answer/rate-limit-headers';
import { boundedEnd, LONGEST_DECLARED_MS } from '../values/wait-bound';

/** Two resets that differ by less are the same one: vendors write whole seconds. */
const SAME_RESET_MS = 2_000;

interface ObservedLimit {
  readonly remaining: number;
  /** How many requests the limit has; 0 if the vendor does not say, and then no share of it is kept free. */
  readonly limit: number;
  readonly resetAtMs: number;
}

/** What the vendor's answers say about its limits. */
export interface ObservedLimits {
  observe(headers: readonly RateHeader[], nowMs: number): void;
  /**
   * When the next request may be sent: now while more than the reserve is left, else at the reset.
   * @param inFlight requests without an answer, which the vendor may not have counted yet
   * @param isLowPriority true for a backfill, which also leaves {@link LIVE_SHARE}, unless the reset is near
   */
  nextAt(inFlight: number, nowMs: number, isLowPriority?: boolean): number;
}

/** @param reserve the share of each limit that stays unused for the customer's other tools */
export function observedLimits(reserve: number): ObservedLimits {
  let limits: readonly ObservedLimit[] = [];
  return {
    observe(headers, nowMs) {
      if (headers.length === 0) return;
      limits = headers.map(({ limit = 0, remaining, resetMs }): ObservedLimit => {
        const observed = { remaining, limit, resetAtMs: nowMs + resetMs };
        const before = limits.find(
          ({ resetAtMs }) => resetAtMs > nowMs && Math.abs(resetAtMs - observed.resetAtMs) < SAME_RESET_MS,
        );
        // Answers may overtake one another: until the reset, the least remaining counts.
        if (before === undefined || before.remaining >= remaining) return observed;
        return { ...observed, remaining: before.remaining, resetAtMs: before.resetAtMs };
      });
    },
    nextAt(inFlight, nowMs, isLowPriority = false) {
      const keepFree = ({ limit, resetAtMs }: ObservedLimit): number => {
        const liveShare = isLowPriority && !isShort({ perMs: resetAtMs - nowMs }) ? LIVE_SHARE : 0;
        return Math.floor(Math.min(limit, Number.MAX_SAFE_INTEGER) * (reserve + (1 - reserve) * liveShare));
      };
      const waits = limits
        .filter((one) => one.remaining - inFlight <= keepFree(one))
        .map(({ resetAtMs }) => boundedEnd(resetAtMs, nowMs, LONGEST_DECLARED_MS));
      return Math.max(nowMs, ...waits);
    },
  };
}
