import type { Checkpoint } from '../contract/checkpoint';
import { toIso } from '../values/time';

/**
 * The largest believable error of a clock, ours or a vendor's. No source continues from a time further ahead, and a vendor's
 * clock further behind is ignored.
 */
export const CLOCK_ERROR_MS = 24 * 3_600_000;

/**
 * The first member of a checkpoint with a time in the future, until which the source would stand still. `undefined` if there
 * is none. Event times of records are not checked: a vendor may send any time.
 * @param startFrom where a first run begins; an operator may set a future time
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
  // With windows, the position is derived from them.
  const since = windows === undefined ? [position?.['since'], position?.['until']] : [];
  const timesOf: Readonly<Record<string, readonly unknown[]>> = {
    startFrom: [begins],
    'windows.frontiers': frontiers,
    'windows.open': open,
    boundary: [boundary?.time],
    position: since,
  };
  for (const [member, times] of Object.entries(timesOf)) {
    const time = times.find(
      (one): one is string => typeof one === 'string' && toIso(one) === one && Date.parse(one) > latestMs,
    );
    if (time !== undefined) return { member, time };
  }
  return undefined;
}
