import type { Checkpoint } from '../contract/checkpoint';
import { ContractError } from '../contract/errors';
import type { Page, PullContext, PullSource } from '../contract/connector';
import type { PullRange, PullWindow, WindowSpec } from '../contract/windows';
import { openRemaining, planRange, rangeSpecOf } from './backfill-range';
import { overlapOf } from './lateness';
import { compileRecordPath } from '../values/json-path';
import { compareIso, toIso } from '../values/time';
import { planOf } from './windowless-position';
import { planWindows } from './plan-windows';
import type { WindowContext } from './read-windows';

/** How a source's new events, or a range of its past, are read in windows; `undefined` for one that is not. */
export function windowSpecOf(source: PullSource, range?: PullRange): WindowSpec | undefined {
  const { pull, window } = source;
  if (range !== undefined) return rangeSpecOf(source);
  return window ?? (pull.rest?.resume === 'time' ? pull.rest.window : undefined);
}

/**
 * Prepares the walk through a source's windows, as its checkpoint and its clock have them; `undefined` for a source
 * that is not read in windows. Of a part of a backfill it is the walk through its range, and nothing more.
 * @throws what listing the partitions throws
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
  const frame = { spec, now, timeOf, hasIds: source.table.eventId !== undefined };
  if (range !== undefined) {
    return {
      ...frame,
      plan: checkpoint.windows ?? planRange(range, partitions),
      refill: (plan, _, failed) => openRemaining(plan, spec, failed),
      read: (window) => owned(ask(window), range, timeOf),
    };
  }
  return {
    ...frame,
    plan: planOf(checkpoint, spec, startedAt),
    refill: (plan, asOf, failed) => planWindows(plan, spec, { ...time, now: asOf, failed }),
    read: ask,
  };
}

/**
 * Leaves to its neighbours what happened exactly at a bound that is theirs, and nothing else: where a vendor goes by
 * another time than its records', it may show to nobody else what happened before.
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

/** `['']` where the source lists none. */
async function partitionsOf(source: PullSource, context: PullContext): Promise<readonly string[]> {
  if (source.partitions === undefined) return [''];
  const listed: unknown = await source.partitions(context);
  const doing = `listing the partitions of ${source.table.name}`;
  if (!Array.isArray(listed))
    throw new ContractError(`${doing}: partitions() gives no array. Give an array of texts.`);
  const wrong = listed.findIndex((one) => typeof one !== 'string' || one === '');
  if (wrong >= 0)
    throw new ContractError(`${doing}: member ${wrong} is no text, or an empty one. Give an array of texts.`);
  return [...new Set(listed as readonly string[])].sort();
}
