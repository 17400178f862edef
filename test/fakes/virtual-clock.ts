import type { Clock } from '../../shared/contract/run';

/** A clock that advances only while no real work is in progress, so that times do not depend on the machine's speed. */
export interface VirtualClock extends Clock {
  /** Starts real work, such as a request or a write to storage, and stops the clock. @returns a function that ends it */
  begin(): () => void;
  /** Advances time during real work: the latency of a server. */
  latency(ms: number): Promise<void>;
}

/** As soon as all real work is done, it moves to the end of the next sleep. */
export function virtualClock(start = '2026-11-21T12:00:00.000Z'): VirtualClock {
  let nowMs = Date.parse(start);
  let working = 0;
  const sleepers = new Set<{ readonly dueMs: number; readonly wake: () => void }>();

  /** Runs after all handlers of settled promises. */
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
