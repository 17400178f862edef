import type { Checkpoint } from '../contract/checkpoint';
import type { Page, PullContext, PullSource } from '../contract/connector';
import type { WindowSpec } from '../contract/windows';
import { overlapOf } from '../kit/lag';
import { compilePath } from '../kit/paths';
import { toIso } from '../kit/time';
import { planOf } from '../kit/window-position';
import { planWindows } from '../kit/windows';
import type { WindowFrame } from './window-pages';

/** How a source's new events are read in windows; `undefined` for one that is not. */
export function windowsOf({ pull, window }: PullSource): WindowSpec | undefined {
  return window ?? (pull.rest?.resume === 'time' ? pull.rest.window : undefined);
}

/**
 * Prepares the walk through a source's windows, as its checkpoint and its clock have them; `undefined` for a source
 * that is not read in windows.
 * @throws what listing the partitions throws
 */
export async function frameOf(
  source: PullSource,
  context: PullContext,
  checkpoint: Checkpoint,
  read: (context: PullContext) => AsyncIterable<Page>,
): Promise<WindowFrame | undefined> {
  const spec = windowsOf(source);
  if (spec === undefined) return undefined;
  const startedAt = context.startedAt.toISOString();
  const newestMs = Date.parse(checkpoint.boundary?.time ?? startedAt);
  const now = new Date(Math.max(newestMs, context.startedAt.getTime())).toISOString();
  const partitions = await partitionsOf(source, context);
  const startFrom = context.startFrom.toISOString();
  const time = { startFrom, overlapMs: overlapOf(checkpoint.lag, spec), partitions };
  const timeAt = compilePath(source.table.time);
  return {
    spec,
    now,
    plan: planOf(checkpoint, spec, startedAt),
    refill: (plan, asOf) => planWindows(plan, spec, { ...time, now: asOf }),
    timeOf: (record) => toIso(timeAt(record)),
    hasIds: source.table.eventId !== undefined,
    read: (window) => read({ ...context, checkpoint: window.position ?? null, window }),
  };
}

/** `['']` where the source lists none. */
async function partitionsOf(source: PullSource, context: PullContext): Promise<readonly string[]> {
  return source.partitions === undefined ? [''] : [...new Set(await source.partitions(context))].sort();
}
