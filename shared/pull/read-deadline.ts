import { ContractError, UnavailableError, isNamedError } from '../contract/errors';
import type { Clock } from '../contract/run';
import { OVERRUN_MS } from '../values/wait-bound';

/** The minimum time for a read, even after the deadline: a run that started late must make progress too. */
const LATE_MS = 10_000;
/** How long a read may take to stop once its signal aborts, as a share of the overrun. */
const GRACE_SHARE = 1 / 6;
/** Shorter than the time that a stopping process gives its runs to end. */
const MIN_GRACE_MS = 1_000;

/** The time limits of one run's reads. */
export interface ReadBounds {
  /** For messages: `pulling acme/alerts`. */
  readonly doing: string;
  readonly clock: Clock;
  readonly deadline: Date;
  /** How far a read may exceed the deadline. @default 30 seconds */
  readonly overrunMs?: number | undefined;
  /** Signals that end the read before its time is over. */
  readonly ends: readonly AbortSignal[];
  /** Called with the error of a step that fails after it was given up. */
  readonly onAbandonedFailure?: ((error: unknown) => void) | undefined;
}

/**
 * Waits for one step of a connector's code.
 * @param longestMs the time limit; by default what remains of the run's time
 * @throws the step's error; UnavailableError if the step failed because the run's time is over; ContractError if it did not
 * end after its signal aborted
 */
export type InTime = <T>(step: PromiseLike<T>, longestMs?: number) => Promise<T>;

/**
 * Ends a read that does not end by itself. When the time of its run is over, `signal` aborts every request and wait that the
 * framework gives to the read. A step that has still not ended after a grace period is given up.
 */
export function boundRead(bounds: ReadBounds): { readonly signal: AbortSignal; readonly inTime: InTime } {
  const { clock, deadline, doing, ends, onAbandonedFailure, overrunMs = OVERRUN_MS } = bounds;
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, ...ends]);
  const endRead = (): void => over.abort(runEndedBeforePage(doing, clock.now()));
  const leftMs = (): number => Math.max(LATE_MS, deadline.getTime() + overrunMs - clock.now().getTime());
  const graceMs = (): number =>
    over.signal.aborted ? Math.max(MIN_GRACE_MS, overrunMs * GRACE_SHARE) : MIN_GRACE_MS;

  const inTime: InTime = (step, longestMs) =>
    new Promise((resolve, reject) => {
      let isGivenUp = false;
      let cancel = (): void => undefined;
      const giveUp = (): void => {
        isGivenUp = true;
        signal.removeEventListener('abort', onAbort);
        reject(standsStill(doing));
      };
      const onAbort = (): void => {
        cancel();
        cancel = clock.alarm(graceMs(), giveUp);
      };
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', onAbort);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      else cancel = clock.alarm(longestMs ?? leftMs(), endRead);
      step.then(
        (value) => {
          end();
          resolve(value);
        },
        (error: unknown) => {
          end();
          if (isGivenUp) onAbandonedFailure?.(error);
          else reject((over.signal.aborted && !isNamedError(error) ? over.signal.reason : error) as Error);
        },
      );
    });
  return { signal, inTime };
}

function runEndedBeforePage(doing: string, now: Date): UnavailableError {
  return new UnavailableError(
    `${doing}: the time of the run was over before the next page came. The next run goes on from the last checkpoint.`,
    { resumeAt: now },
  );
}

function standsStill(doing: string): ContractError {
  return new ContractError(
    `${doing}: its code waits for something that does not stop with the run. Await only http, sleep and poll, or stop when signal aborts.`,
  );
}
