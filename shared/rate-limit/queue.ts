import type { Clock } from '../contract/run';

/** How turns are given. */
export interface TurnRules<T> {
  readonly clock: Clock;
  /** When the next may go; now, or later. @throws what the first in the queue is refused with */
  nextAt(isPatient: boolean): Promise<number>;
  /** When it may go at the earliest, whatever happens until then. */
  surelyAt(nextAtMs: number): number;
  /** Lets one go. */
  go(): T;
  /** Why one is refused whose turn would come after its deadline. */
  refuse(nextAtMs: number): Error;
}

/** Those who wait, first come first served; the patient behind all others. */
export interface TurnQueue<T> {
  /** @throws what `refuse` gives, or the signal's reason */
  take(deadline: Date, signal: AbortSignal, isPatient?: boolean): Promise<T>;
  length(): number;
  /** Something happened that may change when the next may go. */
  lookAgain(): void;
}

interface Waiter<T> {
  readonly deadlineMs: number;
  readonly isPatient: boolean;
  readonly signal: AbortSignal;
  resolve(turn: T): void;
  reject(error: Error): void;
}

/** Only the first in the queue waits for the clock; whoever leaves it is waited for no more. */
export function turnQueue<T>({ clock, go, nextAt, refuse, surelyAt }: TurnRules<T>): TurnQueue<T> {
  const queue: Waiter<T>[] = [];
  let isServing = false;
  let again = new AbortController();

  const serve = async (first: Waiter<T>): Promise<void> => {
    again = new AbortController();
    const atMs = await nextAt(first.isPatient);
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
    lookAgain: () => again.abort(),
    take: (deadline, signal, isPatient = false) =>
      new Promise<T>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const leave = (): void => {
          const at = queue.indexOf(waiter);
          if (at >= 0) queue.splice(at, 1);
          reject(signal.reason as Error);
        };
        const waiter: Waiter<T> = {
          deadlineMs: deadline.getTime(),
          isPatient,
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
        const patient = isPatient ? -1 : queue.findIndex((one) => one.isPatient);
        if (patient < 0) queue.push(waiter);
        else queue.splice(patient, 0, waiter);
        // The one that was the first is waited for no more.
        if (patient === 0) again.abort();
        void serveAll();
      }),
  };
}
