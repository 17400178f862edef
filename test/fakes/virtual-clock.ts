import type { Clock } from '../../shared/contract/run';

/** A clock whose time passes only while nothing real is under way: however slow the machine, the times are the same. */
export interface VirtualClock extends Clock {
  /** Begins real work, such as a request or a write to storage: the clock stands still. @returns what ends it */
  begin(): () => void;
  /** Lets time pass within real work: the latency of a server. */
  latency(ms: number): Promise<void>;
}

/** As soon as all real work is done, it moves to the end of the next sleep. */
export function virtualClock(start = '2026-11-21T12:00:00.000Z'): VirtualClock {
  let nowMs = Date.parse(start);
  let working = 0;
  const sleepers = new Set<{ readonly dueMs: number; readonly wake: () => void }>();

  /** Runs after every promise that is already settled was handled. */
  const advance = (): void => {
    if (working > 0 || sleepers.size === 0) return;
    nowMs = Math.max(nowMs, Math.min(...[...sleepers].map(({ dueMs }) => dueMs)));
    for (const sleeper of [...sleepers].filter(({ dueMs }) => dueMs <= nowMs)) {
      sleepers.delete(sleeper);
      sleeper.wake();
    }
    setImmediate(advance);
  };
  const alarm = (ms: number, wake: () => void): (() => void) => {
    const sleeper = { dueMs: nowMs + ms, wake };
    sleepers.add(sleeper);
    setImmediate(advance);
    return () => void sleepers.delete(sleeper);
  };
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const cancel = alarm(ms, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      const abort = (): void => {
        cancel();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
  };
  const end = (): void => {
    working--;
    setImmediate(advance);
  };
  return {
    now: () => new Date(nowMs),
    sleep,
    alarm,
    random: () => 0.5,
    begin() {
      working++;
      return end;
    },
    async latency(ms) {
      end();
      await sleep(ms);
      working++;
    },
  };
}
