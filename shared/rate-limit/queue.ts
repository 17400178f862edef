import type { Clock } from '../contract/run';

/** How turns are given. */
export interface PermitRules<T> {
  readonly clock: Clock;
  /** When the next may go; now, or later. @throws what the first in the queue is refused with */
  nextAt(isLowPriority: boolean): Promise<number>;
  /** When it may go at the earliest, whatever happens until then. */
  earliestAt(nextAtMs: number): number;
  /** Lets one go. */
  grant(): T;
  /** Why one is refused whose turn would come after its deadline. */
  refuse(nextAtMs: number): Error;
}

/** Those who wait, first come first served; the patient behind all others. */
export interface PermitQueue<T> {
  /** @throws what `refuse` gives, or the signal's reason */
  acquire(deadline: Date, signal: AbortSignal, isLowPriority?: boolean): Promise<T>;
  length(): number;
  /** Something happened that may change when the next may go. */
  recheck(): void;
}

interface Waiter<T> {
  readonly deadlineMs: number;
  readonly isLowPriority: boolean;
  readonly signal: AbortSignal;
  resolve(turn: T): void;
  reject(error: Error): void;
}

/** Only the first in the queue waits for the clock; whoever leaves it is waited for no more. */
export function permitQueue<T>({
  clock,
  grant: go,
  nextAt,
  refuse,
  earliestAt: surelyAt,
}: PermitRules<T>): PermitQueue<T> {
  const queue: Waiter<T>[] = [];
  let isServing = false;
  let again = new AbortController();

  const serve = async (first: Waiter<T>): Promise<void> => {
    again = new AbortController();
    const atMs = await nextAt(first.isLowPriority);
    if (queue[0] !== first) return;
    const nowMs = clock.now().getTime();
    if (atMs <= nowMs) {
      queue.shift();
      return first.resolve(go());
    }
    if (surelyAt(atMs) > first.deadlineMs) {
      queue.shift();
      return first.reject(refuse(atMs));
    }
    const until = AbortSignal.any([first.signal, again.signal]);
    await clock.sleep(Math.min(atMs, first.deadlineMs + 1) - nowMs, until).catch(() => undefined);
  };

  const serveAll = async (): Promise<void> => {
    if (isServing) return;
    isServing = true;
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      try {
        await serve(first);
      } catch (error) {
        if (queue[0] === first) queue.shift();
        first.reject(error as Error);
      }
    }
    isServing = false;
  };

  return {
    length: () => queue.length,
    recheck: () => again.abort(),
    acquire: (deadline, signal, isLowPriority = false) =>
      new Promise<T>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const leave = (): void => {
          const at = queue.indexOf(waiter);
          if (at >= 0) queue.splice(at, 1);
          reject(signal.reason as Error);
        };
        const waiter: Waiter<T> = {
          deadlineMs: deadline.getTime(),
          isLowPriority,
          signal,
          resolve(turn) {
            signal.removeEventListener('abort', leave);
            resolve(turn);
          },
          reject(error) {
            signal.removeEventListener('abort', leave);
            reject(error);
          },
        };
        signal.addEventListener('abort', leave, { once: true });
        const patient = isLowPriority ? -1 : queue.findIndex((one) => one.isLowPriority);
        if (patient < 0) queue.push(waiter);
        else queue.splice(patient, 0, waiter);
        // The one that was the first is waited for no more.
        if (patient === 0) again.abort();
        void serveAll();
      }),
  };
}
