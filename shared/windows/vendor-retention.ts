import type { GoneSpan } from '../contract/checkpoint';
import type { Retention } from '../contract/connector';
import type { Watermarks, Window, WindowPlan, WindowSpec } from '../contract/windows';
import { earliest, floor, iso, latest, ms } from './window-plan';

const DAY_MS = 24 * 3_600_000;
/** Longer than a usual run, so that the vendor still keeps at each request what it kept when the run began. */
const MARGIN_MS = 10 * 60_000;

/** The oldest event time that a vendor keeps at a time, according to its documentation; ISO 8601, UTC. */
export function keptSince({ days }: Pick<Retention, 'days'>, now: Date): string {
  return iso(now.getTime() - days * DAY_MS);
}

/** The oldest event time to request from a vendor. Older events may be deleted before the request arrives. ISO 8601, UTC. */
export function askableSince(retention: Pick<Retention, 'days'>, now: Date): string {
  return iso(ms(keptSince(retention, now)) + MARGIN_MS);
}

/**
 * Cuts a plan so that nothing older than a time is open. A range that was never read is returned as gone. A repeated read is
 * dropped without a report, because its range was delivered.
 * @returns the same plan when nothing changes
 */
export function cutToKept(
  plan: WindowPlan,
  since: string,
  spec: Pick<WindowSpec, 'stepMs'>,
): { readonly plan: WindowPlan; readonly gone: readonly GoneSpan[] } {
  const kept = iso(floor(ms(since) + (spec.stepMs ?? 1) - 1, spec));
  const isOlder = (one: { readonly from: string }): boolean => one.from < kept;
  const isWhole =
    !plan.open.some(isOlder) &&
    plan.rest?.some(isOlder) !== true &&
    Object.values(plan.frontiers).every(({ final, live }) => live >= kept && final >= kept);
  if (isWhole) return { plan, gone: [] };
  const gone: GoneSpan[] = [];
  const open = plan.open.flatMap((window) => {
    if (window.from >= kept) return [window];
    if (window.lane === 'live' || window.lane === 'backfill')
      gone.push({ from: window.from, to: earliest(window.to, kept) });
    return window.to <= kept ? [] : [beginAt(window, kept)];
  });
  const frontiers = Object.entries(plan.frontiers).map(([partition, frontier]) => {
    if (frontier.live < kept && frontier.unlisted !== true) gone.push({ from: frontier.live, to: kept });
    return [partition, cutFrontier(frontier, kept)] as const;
  });
  const { rest, ...others } = plan;
  const left = rest?.flatMap((one) => {
    if (one.from >= kept) return [one];
    gone.push({ from: one.from, to: earliest(one.to, kept) });
    return one.to <= kept ? [] : [{ ...one, from: kept }];
  });
  const cut = { ...others, open, frontiers: Object.fromEntries(frontiers) };
  return { plan: left === undefined || left.length === 0 ? cut : { ...cut, rest: left }, gone };
}

/** The remainder of a window. It restarts at its bound, because its position is in the range that is gone. */
function beginAt({ position: _, listedAt: __, pages: ___, ...window }: Window, from: string): Window {
  return { ...window, from };
}

function cutFrontier(frontier: Watermarks, kept: string): Watermarks {
  const { final, live, start } = frontier;
  if (live < kept) return { ...frontier, start: latest(start, kept), live: kept, final: latest(final, kept) };
  return final < kept ? { ...frontier, final: kept } : frontier;
}
