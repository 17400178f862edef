import type { RateWindow } from './declared-limits';

/** A request leaves a window a little after its end, because clocks tick in milliseconds. */
const MARGIN_MS = 10;
/** A slow request keeps its place longer, by at most this share of the window. */
const LATE_SHARE = 0.25;
/** The fastest answer is known after so many answers, and is that of the last {@link REMEMBERED}. */
const ANSWERS = 16;
const REMEMBERED = 512;

/** A request that was sent. */
export interface Sent {
  readonly atMs: number;
  answeredAtMs?: number;
}

/** The requests of one process in the short windows, one by one. */
export interface SlidingWindowLog {
  /** When the next request may be sent, now or later, so that the vendor counts no window overfull either. */
  nextAt(windows: readonly RateWindow[], nowMs: number): number;
  send(nowMs: number): Sent;
  answer(sent: Sent, nowMs: number, isFine: boolean): void;
}

/**
 * The vendor counts a request at some time between sending and answer. One that took longer than the fastest may have been
 * counted later by that much, so it keeps its place in the window that much longer.
 * @param keepMs the longest window
 */
export function slidingWindowLog(keepMs: number): SlidingWindowLog {
  let log: Sent[] = [];
  let latencies: number[] = [];
  let fastestMs = 0;

  const leavesAt = ({ atMs, answeredAtMs }: Sent, perMs: number, nowMs: number): number => {
    const lateMs = (answeredAtMs ?? nowMs) - atMs - fastestMs;
    return atMs + perMs + MARGIN_MS + Math.min(Math.max(lateMs, 0), perMs * LATE_SHARE);
  };

  return {
    nextAt(windows, nowMs) {
      const free = windows.map(({ perMs, requests }) => {
        if (requests <= 0) return Infinity;
        if (log.length < requests) return nowMs;
        const leaving = log.map((sent) => leavesAt(sent, perMs, nowMs)).sort((a, b) => b - a);
        return leaving[requests - 1] ?? nowMs;
      });
      return Math.max(nowMs, ...free);
    },
    send(nowMs) {
      const sent = { atMs: nowMs };
      log = log.filter(({ atMs }) => atMs + keepMs * (1 + LATE_SHARE) + MARGIN_MS > nowMs);
      log.push(sent);
      return sent;
    },
    answer(sent, nowMs, isFine) {
      sent.answeredAtMs = nowMs;
      if (!isFine) return;
      latencies = [...latencies, nowMs - sent.atMs].slice(-REMEMBERED);
      fastestMs = latencies.length < ANSWERS ? 0 : Math.min(...latencies);
    },
  };
}
