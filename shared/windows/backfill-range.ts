import type { Backfill } from '../contract/backfill';
import type { PullSource } from '../contract/connector';
import type { PullRange, Window, WindowPlan, WindowSpec } from '../contract/windows';
import { EMPTY_PLAN, MAX_OPEN_WINDOWS, floor, isNextOf, openRange } from './window-plan';

/** The most windows that a slice opens at once. The rest of the limit is left for splits. */
const OPEN = MAX_OPEN_WINDOWS / 4;

/** How a past range of a source is read. `undefined` if its vendor cannot be asked for a range. */
export function rangeSpecOf({ pull, window }: PullSource): WindowSpec | undefined {
  return window ?? pull.rest?.window;
}

/**
 * The ranges of a backfill's slices. Neighbours share a bound. An event exactly there belongs to the later slice, because
 * every vendor's range includes its start.
 */
export function slicesOf({ from, isCatchUp, parts, stepMs, to }: Backfill): PullRange[] {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const bound = (number: number): string =>
    number === 0
      ? from
      : number === parts
        ? to
        : new Date(floor(start + ((end - start) * number) / parts, { stepMs })).toISOString();
  return Array.from({ length: parts }, (_, number) => ({
    from: bound(number),
    to: bound(number + 1),
    ownsFrom: number > 0 || isCatchUp !== true,
    ownsTo: number === parts - 1 && isCatchUp !== true,
  }));
}

/** The plan of a slice that has not started. */
export function planRange({ from, to }: PullRange, partitions: readonly string[]): WindowPlan {
  const rest = partitions.map((partition) => ({ ...(partition === '' ? {} : { partition }), from, to }));
  return { ...EMPTY_PLAN, rest };
}

/**
 * Opens windows of the remaining ranges, up to the limit. A failed partition keeps one open window, which does not count;
 * its other windows become remaining ranges again.
 */
export function openRemaining(
  plan: WindowPlan,
  spec: WindowSpec,
  failed: ReadonlySet<string> = new Set(),
): WindowPlan {
  const { rest = [], ...others } = plan;
  const isLeft = ({ partition = '' }: Pick<Window, 'partition'>): boolean => failed.has(partition);
  const stays = new Set(plan.open.filter((one) => !isLeft(one) || isNextOf(plan, one.partition ?? '')(one)));
  let next: WindowPlan = { ...others, open: [...stays] };
  const room = OPEN + next.open.filter(isLeft).length;
  const again = plan.open
    .filter((one) => !stays.has(one))
    .map(({ from, partition = '', to }) => ({ partition, from, to }));
  const left = [...again, ...rest].flatMap((one) => {
    const free = room - next.open.length;
    if (free <= 0 || isLeft(one)) return [one];
    const reachMs = Math.min(Date.parse(one.to), Date.parse(one.from) + free * (spec.maxMs ?? Infinity));
    const to = new Date(reachMs).toISOString();
    const opened = openRange(next, { ...one, lane: 'backfill', to }, spec, room);
    next = opened.plan;
    return opened.to < one.to ? [{ ...one, from: opened.to }] : [];
  });
  return left.length === 0 ? next : { ...next, rest: left };
}
