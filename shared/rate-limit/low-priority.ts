import { isShort, type RateWindow } from './declared-limits';
import type { BudgetState } from './stored-budget';

/* Live collection has priority: backfill requests queue behind it and leave a share of each long limit unused. */

/** The share of a long limit that backfills leave to live collection, which would otherwise wait for the end of its span. */
export const LIVE_SHARE = 0.2;

/** How many requests of a window a backfill may use. */
function lowPriorityRequests(window: RateWindow): number {
  return isShort(window) ? window.requests : Math.max(1, Math.floor(window.requests * (1 - LIVE_SHARE)));
}

/** The least time that so many requests of a backfill take. */
export function leastBackfillMs(windows: readonly RateWindow[], requests: number): number {
  const spans = windows.map(
    (window) => Math.floor((requests - 1) / lowPriorityRequests(window)) * window.perMs,
  );
  return Math.max(0, ...spans);
}

/**
 * When a backfill may send its next request; `nowMs` if now.
 * @param windows the long ones
 * @param sent requests of this process that the state does not count yet
 */
export function lowPriorityAt(
  { spent }: BudgetState,
  windows: readonly RateWindow[],
  sent: number,
  nowMs: number,
): number {
  const ends = windows.map((window) => {
    const { limit, perMs } = window;
    const used = spent.filter((one) => one.limit === limit && one.untilMs + perMs > nowMs);
    const requests = used.reduce((sum, one) => sum + one.requests, sent);
    if (requests < lowPriorityRequests(window)) return nowMs;
    return used.length === 0 ? nowMs + perMs : Math.min(...used.map(({ untilMs }) => untilMs + perMs));
  });
  return Math.max(nowMs, ...ends);
}
