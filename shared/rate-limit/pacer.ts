import type { RateWindow } from './declared-limits';

/** The share of an even step between two requests: a little faster, so that delays are caught up. */
const STEP_SHARE = 0.9;

/** Spreads a backfill's requests evenly over the short windows. */
export interface Pacer {
  /** When the next request may be sent: now, or a step after the last one. */
  nextAt(windows: readonly RateWindow[], nowMs: number): number;
  send(windows: readonly RateWindow[], nowMs: number): void;
}

/**
 * Without pacing, requests sent in a burst become eligible again in a burst, and a live request waits for nearly a whole
 * window. With it, a live request waits for one step. The first window after a silence may still be filled at once.
 */
export function createPacer(): Pacer {
  let lastMs = Number.NEGATIVE_INFINITY;
  let atOnce = 0;
  return {
    nextAt(windows, nowMs) {
      if (atOnce > 0 || windows.length === 0 || isSilent(windows, nowMs - lastMs)) return nowMs;
      const steps = windows.map(({ perMs, requests }) => perMs / Math.max(1, requests));
      return Math.max(nowMs, lastMs + Math.floor(STEP_SHARE * Math.max(...steps)));
    },
    send(windows, nowMs) {
      if (isSilent(windows, nowMs - lastMs)) atOnce = Math.min(...windows.map(({ requests }) => requests));
      atOnce = Math.max(0, atOnce - 1);
      lastMs = nowMs;
    },
  };
}

/** True after two windows without a request. One is not enough: a window that was filled at once stays full that long. */
function isSilent(windows: readonly RateWindow[], forMs: number): boolean {
  return windows.every(({ perMs }) => forMs > 2 * perMs);
}
