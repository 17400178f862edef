import type { RateWindow } from './declared-limits';

/** Requests leave a window a little after its end: clocks tick in milliseconds. */
const MARGIN_MS = 10;
/** How much of a window a request that met a delay may hold its place longer, at most. */
const LATE_SHARE = 0.25;
/** The least time to an answer is known when so many came, and is that of the last {@link REMEMBERED}. */
const ANSWERS = 16;
const REMEMBERED = 512;

/** A request that was sent. */
export interface Sent {
  readonly atMs: number;
  answeredAtMs?: number;
}

/** The requests of one process, exactly. */
export interface SlidingWindowLog {
  /** When the next may be sent, so that no window is ever overfull at the other side either. Now, or later. */
  nextAt(windows: readonly RateWindow[], nowMs: number): number;
  send(nowMs: number): Sent;
  answer(sent: Sent, nowMs: number, isFine: boolean): void;
}

/**
 * Keeps windows at the other side, which counts a request some time between its sending and its answer. One that took
 * longer than the fastest so far may have been counted later by just that much, so it holds its place that much longer.
 * @param keepMs the longest window that will be asked for
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
