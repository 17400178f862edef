import { formatId, type Checkpoint } from '../contract/checkpoint';
import type { PullSource } from '../contract/connector';
import { ContractError } from '../contract/errors';
import { compareIso } from '../values/time';
import { askableSince } from '../windows/vendor-retention';
import { deliveredTo } from './coverage';
import { windowSpecOf } from '../windows/window-context';
import { addGone } from '../windows/time-spans';
import type { PullRun } from './pull-run';

/** True if the vendor refused the first read of a run: the saved position may be the reason. */
export function isRefusal(error: unknown, pages: number): error is ContractError {
  return error instanceof ContractError && error.status !== undefined && pages === 0;
}

/**
 * Replaces a cursor that the vendor refuses: the source begins at the oldest event that the vendor still keeps. Only for
 * sources that declare a retention and are not read in windows.
 * @returns the new checkpoint; `undefined` if it could skip or repeat events: the vendor still keeps the newest delivered
 * event, or the time of that event is unknown
 */
export function beginAtKept(
  source: PullSource,
  { seen: _, ...checkpoint }: Checkpoint,
  startedAt: Date,
): Checkpoint | undefined {
  const { boundary, position } = checkpoint;
  if (source.retention === undefined || boundary === undefined || position === null) return undefined;
  if (windowSpecOf(source) !== undefined) return undefined;
  const since = askableSince(source.retention, startedAt);
  if (compareIso(boundary.time, since) >= 0) return undefined;
  return addGone({ ...checkpoint, position: null }, [{ from: boundary.time, to: since }]);
}

/** The refusal, with the command to run if the saved position is the reason. Unchanged for a backfill slice. */
export function refusalAt(
  error: ContractError,
  { id, range }: Pick<PullRun, 'id' | 'range'>,
  checkpoint: Checkpoint,
): ContractError {
  if (range !== undefined) return error;
  const { status } = error;
  const options = { cause: error, ...(status === undefined ? {} : { status }) };
  const who = formatId(id);
  const { startFrom = '' } = checkpoint;
  const last = deliveredTo(checkpoint);
  if (last === undefined)
    return new ContractError(
      `${error.message} If the vendor no longer keeps what happened at ${startFrom}, where the source begins, ` +
        `give it a later time with "npx tributary state set ${who} --since <time>".`,
      options,
    );
  return new ContractError(
    `${error.message} If the vendor no longer knows the saved position, continue from the last delivered event ` +
      `with "npx tributary state set ${who} --since ${last}". Where it no longer keeps that one, give a later time.`,
    options,
  );
}
