import { ContractError, UnavailableError, isNamedError } from '../contract/errors';
import type { Clock } from '../contract/run';
import { OVERRUN_MS } from '../values/wait-bound';

/** The least time for a read, even where the run's time is over: a run that started late must make progress too. */
const LATE_MS = 10_000;
/** How long a read may take to stop once its signal aborts, as a share of the overrun. */
const GRACE_SHARE = 1 / 6;
/** Shorter than what a stopping process gives its runs to end. */
const MIN_GRACE_MS = 1_000;

/** What bounds the reading of one run. */
export interface ReadBounds {
  /** For messages: `pulling acme/alerts`. */
  readonly doing: string;
  readonly clock: Clock;
  readonly deadline: Date;
  /** How long a read may go on behind the deadline. @default 30 seconds */
  readonly overrunMs?: number | undefined;
  /** What ends the read beside its time. */
  readonly ends: readonly AbortSignal[];
  /** Takes the failure of a step that was given up before. */
  readonly onAbandonedFailure?: ((error: unknown) => void) | undefined;
}

/**
 * Waits for one step of a connector's code.
 * @param longestMs in place of what is left of the run's time
 * @throws what the step throws; UnavailableError where it ended because the run's time is over; ContractError where it
 * did not end though its signal has aborted
 */
export type InTime = <T>(step: PromiseLike<T>, longestMs?: number) => Promise<T>;

/**
 * How a read ends that does not end by itself. Once the time of its run is over, `signal` aborts, and with it all that a
 * read is given to wait for. A step that has not ended a little later stands still: it is waited for no longer.
 */
export function boundRead(bounds: ReadBounds): { readonly signal: AbortSignal; readonly inTime: InTime } {
  const { clock, deadline, doing, ends, onAbandonedFailure, overrunMs = OVERRUN_MS } = bounds;
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, ...ends]);
  const endRead = (): void => over.abort(outOfTime(doing, clock.now()));
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

function outOfTime(doing: string, now: Date): UnavailableError {
  return new UnavailableError(
    `${doing}: the time of the run was over before the next page came. The next run goes on from the last checkpoint.`,
    { resumeAt: now },
  );
}

function standsStill(doing: string): ContractError {
  return new ContractError(
    `${doing}: its code waits for something that does not end with the run. Await only what is given: http, sleep, poll; or end with signal.`,
  );
}
