import type { Backfill } from '../contract/backfill';
import type { Checkpoint } from '../contract/checkpoint';
import type { WindowSpec } from '../contract/windows';
import { stampPosition } from './windowless-position';
import { floor, openRange } from './window-plan';

/** What a source missed is worked side by side when it is longer than this, and than its longest lag. */
const LONG_MS = 6 * 3_600_000;

/**
 * What a source missed that was down: from where its live windows end to where every event has been shown. `undefined`
 * where that is not long, where it never ran, and where it has partitions, each with an end of its own.
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
 * The checkpoint of a source once a range was handed over: its live windows go on behind it. What lies before the range
 * and may have come late is looked at a last time; in the range itself nothing comes late any more.
 * @returns `undefined` where so much is open that there is no room for that last look
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
