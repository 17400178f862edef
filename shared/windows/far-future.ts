import type { Checkpoint } from '../contract/checkpoint';
import { toIso } from '../values/time';

/**
 * How wrong a clock may be, ours or a vendor's. No source reads on from a time that is further ahead, and a vendor's clock
 * that is further behind tells nothing.
 */
export const CLOCK_ERROR_MS = 24 * 3_600_000;

/**
 * The first member of a checkpoint that says a time which is still to come, where its source would stand still until
 * then; `undefined` where there is none. Times of records are none of these: a vendor may say any.
 * @param startFrom where a first run begins, which an operator may set ahead
 */
export function farFuture(
  { boundary, position, startFrom: begins, windows }: Checkpoint,
  now: Date,
  startFrom: Date,
): { readonly member: string; readonly time: string } | undefined {
  const latestMs = Math.max(now.getTime() + CLOCK_ERROR_MS, startFrom.getTime());
  const frontiers = Object.values(windows?.frontiers ?? {}).flatMap(({ final, live, recheck, start }) => [
    start,
    live,
    recheck,
    final,
  ]);
  const open = (windows?.open ?? []).flatMap(({ from, to }) => [from, to]);
  // With windows the position is made from them.
  const since = windows === undefined ? [position?.['since'], position?.['until']] : [];
  const told: Readonly<Record<string, readonly unknown[]>> = {
    startFrom: [begins],
    'windows.frontiers': frontiers,
    'windows.open': open,
    boundary: [boundary?.time],
    position: since,
  };
  for (const [member, times] of Object.entries(told)) {
    const time = times.find(
      (one): one is string => typeof one === 'string' && toIso(one) === one && Date.parse(one) > latestMs,
    );
    if (time !== undefined) return { member, time };
  }
  return undefined;
}
