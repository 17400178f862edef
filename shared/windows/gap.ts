import type { Backfill } from '../contract/backfill';
import type { Checkpoint } from '../contract/checkpoint';
import type { WindowSpec } from '../contract/windows';
import { stampPosition } from './stored-plan';
import { floor, openRange } from './window-plan';

/** A gap longer than this, and longer than the longest lag, is read by a parallel gap backfill. */
const LONG_MS = 6 * 3_600_000;

/**
 * The range that a source missed while it was down: from the end of its live windows to where the vendor has shown every
 * event. `undefined` if the range is short, if the source never ran, or if it has partitions, whose ends differ.
 */
export function gapOf(
  { windows }: Checkpoint,
  spec: WindowSpec,
  now: Date,
): Pick<Backfill, 'from' | 'to'> | undefined {
  const { '': frontier, ...others } = windows?.frontiers ?? {};
  if (frontier === undefined || Object.keys(others).length > 0) return undefined;
  const to = new Date(floor(now.getTime() - spec.lag.maxMs, spec)).toISOString();
  const missedMs = Date.parse(to) - Date.parse(frontier.live);
  return missedMs >= Math.max(LONG_MS, spec.lag.maxMs) ? { from: frontier.live, to } : undefined;
}

/**
 * The checkpoint of a source after a gap was handed off to a backfill: live windows continue after it. A final pass over the
 * events before the gap is opened, because some may still be late. Within the gap, no event is late any more.
 * @returns `undefined` when too many windows are open for that final pass
 */
export function afterHandOff(
  checkpoint: Checkpoint,
  spec: WindowSpec,
  { from, to }: Pick<Backfill, 'from' | 'to'>,
): Checkpoint | undefined {
  const { windows } = checkpoint;
  const frontier = windows?.frontiers[''];
  if (windows === undefined || frontier === undefined) return undefined;
  const { final } = frontier;
  const isComplete = spec.lag.maxMs <= spec.lag.minMs || final >= from;
  const looked = isComplete
    ? { plan: windows, to: from }
    : openRange(windows, { lane: 'final', from: final, to: from }, spec);
  if (looked.to < from) return undefined;
  const moved = { ...frontier, live: to, final: to };
  const { plan, position } = stampPosition({ ...looked.plan, frontiers: { '': moved } });
  return { ...checkpoint, position, windows: plan };
}
