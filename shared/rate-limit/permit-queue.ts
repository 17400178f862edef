import type { Clock } from '../contract/run';

/** When a permit may be given, and what it is. */
export interface PermitRules<T> {
  readonly clock: Clock;
  /** When the next permit may be given, in ms since 1970. @throws the error that rejects the head of the queue */
  nextAt(isLowPriority: boolean): Promise<number>;
  /** No event can make that time earlier than this. */
  earliestAt(nextAtMs: number): number;
  /** Makes the permit for the head of the queue. */
  grant(): T;
  /** The error for a request whose permit would come after its deadline. */
  refuse(nextAtMs: number): Error;
}

/** Waiting requests, first come first served; those of low priority behind all others. */
export interface PermitQueue<T> {
  /** @throws what `refuse` gives, or the signal's reason */
  acquire(deadline: Date, signal: AbortSignal, isLowPriority?: boolean): Promise<T>;
  length(): number;
  /** Call when an event may have changed the time of the next permit. */
  recheck(): void;
}

interface Waiter<T> {
  readonly deadlineMs: number;
  readonly isLowPriority: boolean;
  readonly signal: AbortSignal;
  resolve(permit: T): void;
  reject(error: Error): void;
}

/** A queue of requests for a permit. Only its head sleeps; a cancelled waiter is removed. */
export function permitQueue<T>({ clock, grant, nextAt, refuse, earliestAt }: PermitRules<T>): PermitQueue<T> {
  const queue: Waiter<T>[] = [];
  let isServing = false;
  let wake = new AbortController();

  const serve = async (first: Waiter<T>): Promise<void> => {
    wake = new AbortController();
    const atMs = await nextAt(first.isLowPriority);
    if (queue[0] !== first) return;
    const nowMs = clock.now().getTime();
    if (atMs <= nowMs) {
      queue.shift();
      return first.resolve(grant());
    }
    if (earliestAt(atMs) > first.deadlineMs) {
      queue.shift();
      return first.reject(refuse(atMs));
    }
    const until = AbortSignal.any([first.signal, wake.signal]);
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
    recheck: () => wake.abort(),
    acquire: (deadline, signal, isLowPriority = false) =>
      new Promise<T>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const cancel = (): void => {
          const at = queue.indexOf(waiter);
          if (at >= 0) queue.splice(at, 1);
          reject(signal.reason as Error);
        };
        const waiter: Waiter<T> = {
          deadlineMs: deadline.getTime(),
          isLowPriority,
          signal,
          resolve(permit) {
            signal.removeEventListener('abort', cancel);
            resolve(permit);
          },
          reject(error) {
            signal.removeEventListener('abort', cancel);
            reject(error);
          },
        };
        signal.addEventListener('abort', cancel, { once: true });
        const firstLow = isLowPriority ? -1 : queue.findIndex((one) => one.isLowPriority);
        if (firstLow < 0) queue.push(waiter);
        else queue.splice(firstLow, 0, waiter);
        // A new head: end the sleep of the old one.
        if (firstLow === 0) wake.abort();
        void serveAll();
      }),
  };
}
