import type { Clock } from '../contract/run';

/** How turns are given. */
export interface PermitRules<T> {
  readonly clock: Clock;
  /** When the next request may go, in milliseconds. @throws the error to refuse the head of the queue with */
  nextAt(isLowPriority: boolean): Promise<number>;
  /** The earliest time at which it may go, whatever happens until then. */
  earliestAt(nextAtMs: number): number;
  /** Makes the permit of the head of the queue. */
  grant(): T;
  /** The error for a request whose permit would come after its deadline. */
  refuse(nextAtMs: number): Error;
}

/** Waiting requests, first come first served; those of low priority behind all others. */
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

/** A queue of requests for a permit. Only its head sleeps; a cancelled waiter is removed. */
export function permitQueue<T>({ clock, grant, nextAt, refuse, earliestAt }: PermitRules<T>): PermitQueue<T> {
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
      return first.resolve(grant());
    }
    if (earliestAt(atMs) > first.deadlineMs) {
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
