import type { RateWindow } from './declared-limits';

/** One follows another after this share of an even step, so that what was held up is made good. */
const STEP_SHARE = 0.9;

/** Spreads requests over a window. */
export interface Pacer {
  /** When the next may be sent: now, or a step behind the one before. */
  nextAt(windows: readonly RateWindow[], nowMs: number): number;
  send(windows: readonly RateWindow[], nowMs: number): void;
}

/**
 * The first window after a silence is filled at once, the next ones evenly. Requests that leave a window together are
 * sent together ever after: whoever comes first then waits for nearly all of it, and else only for a step.
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

/** After a window was filled at once, a full window and a little more may pass before the account counts as idle. */
function isSilent(windows: readonly RateWindow[], forMs: number): boolean {
  return windows.every(({ perMs }) => forMs > 2 * perMs);
}
