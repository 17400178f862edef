import type { Checkpoint } from '../contract/checkpoint';
import { ContractError } from '../contract/errors';
import type { Page, PullContext, PullSource } from '../contract/connector';
import type { PullRange, PullWindow, WindowSpec } from '../contract/windows';
import { openRemaining, planRange, rangeSpecOf } from './backfill-range';
import { overlapOf } from './lateness';
import { compileRecordPath } from '../values/json-path';
import { compareIso, toIso } from '../values/time';
import { planOf } from './stored-plan';
import { planWindows } from './plan-windows';
import type { WindowContext } from './read-windows';

/** How a source's live collection, or a backfill range of it, is read in windows. `undefined` if it is not. */
export function windowSpecOf(source: PullSource, range?: PullRange): WindowSpec | undefined {
  const { pull, window } = source;
  if (range !== undefined) return rangeSpecOf(source);
  return window ?? (pull.rest?.resume === 'time' ? pull.rest.window : undefined);
}

/**
 * Prepares the windows of a run from the source's checkpoint and the clock; for a backfill slice, the windows of its range
 * only. `undefined` for a source that is not read in windows.
 * @throws the errors of listing the partitions
 */
export async function windowContextOf(
  source: PullSource,
  context: PullContext,
  checkpoint: Checkpoint,
  read: (context: PullContext) => AsyncIterable<Page>,
  range?: PullRange,
): Promise<WindowContext | undefined> {
  const spec = windowSpecOf(source, range);
  if (spec === undefined) return undefined;
  const startedAt = context.startedAt.toISOString();
  const newestMs = Date.parse(checkpoint.boundary?.time ?? startedAt);
  const now = new Date(Math.max(newestMs, context.startedAt.getTime())).toISOString();
  const partitions = await partitionsOf(source, context);
  const startFrom = context.startFrom.toISOString();
  const time = { startFrom, overlapMs: overlapOf(checkpoint.lag, spec), partitions };
  const timeAt = compileRecordPath(source.table.time);
  const timeOf: WindowContext['timeOf'] = (record) => toIso(timeAt(record));
  const ask = (window: PullWindow & { readonly position?: PullContext['checkpoint'] }): AsyncIterable<Page> =>
    read({ ...context, checkpoint: window.position ?? null, window });
  const common = { spec, now, timeOf, hasIds: source.table.eventId !== undefined };
  if (range !== undefined) {
    return {
      ...common,
      plan: checkpoint.windows ?? planRange(range, partitions),
      refill: (plan, _, failed) => openRemaining(plan, spec, failed),
      read: (window) => owned(ask(window), range, timeOf),
    };
  }
  return {
    ...common,
    plan: planOf(checkpoint, spec, startedAt),
    refill: (plan, asOf, failed) => planWindows(plan, spec, { ...time, now: asOf, failed }),
    read: ask,
  };
}

/**
 * Drops the records exactly at a bound that belongs to a neighbour. Keeps records outside the range: a vendor that filters
 * by another time than the event time may show them to no other slice.
 */
async function* owned(
  read: AsyncIterable<Page>,
  { from, ownsFrom, ownsTo, to }: PullRange,
  timeOf: WindowContext['timeOf'],
): AsyncGenerator<Page, void, undefined> {
  const isOwn = (time: string | undefined): boolean =>
    time === undefined ||
    ((ownsFrom || compareIso(time, from) !== 0) && (ownsTo || compareIso(time, to) !== 0));
  for await (const page of read) {
    yield { ...page, records: page.records.filter((record) => isOwn(timeOf(record))) };
  }
}

/** The partitions of a source, sorted; `['']` if it has none. @throws ContractError for anything but non-empty strings */
async function partitionsOf(source: PullSource, context: PullContext): Promise<readonly string[]> {
  if (source.partitions === undefined) return [''];
  const listed: unknown = await source.partitions(context);
  const doing = `listing the partitions of ${source.table.name}`;
  if (!Array.isArray(listed))
    throw new ContractError(`${doing}: partitions() did not return an array. Return an array of strings.`);
  const wrong = listed.findIndex((one) => typeof one !== 'string' || one === '');
  if (wrong >= 0)
    throw new ContractError(
      `${doing}: member ${wrong} is not a non-empty string. Return an array of strings.`,
    );
  return [...new Set(listed as readonly string[])].sort();
}
