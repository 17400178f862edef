import { formatId, type Checkpoint } from '../contract/checkpoint';
import type { PullSource } from '../contract/connector';
import { ContractError } from '../contract/errors';
import { compareIso } from '../values/time';
import { askableSince } from '../windows/vendor-retention';
import { deliveredTo } from './coverage';
import { windowSpecOf } from '../windows/window-context';
import { addGone } from '../windows/time-spans';
import type { PullRun } from './pull-run';

/** True where a vendor refuses the first thing that a run asks for: it may be because of the place that was saved. */
export function isRefusal(error: unknown, pages: number): error is ContractError {
  return error instanceof ContractError && error.status !== undefined && pages === 0;
}

/**
 * The checkpoint that begins at the oldest event that the vendor still keeps, in the place of a cursor that it refuses.
 * @returns `undefined` where that could leave something out or send it twice: the newest event that was delivered is still
 * kept, or nobody knows its time
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

/** The refusal, with how an operator goes on where it is the saved place that is refused. */
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
    `${error.message} If the vendor no longer knows the place that was saved, go on from the last event that was delivered ` +
      `with "npx tributary state set ${who} --since ${last}". Where it no longer keeps that one, give a later time.`,
    options,
  );
}
