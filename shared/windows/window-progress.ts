import type { Page, RawRecord } from '../contract/connector';
import type { Window, WindowPlan, WindowSpec } from '../contract/windows';
import { compareIso } from '../values/time';
import { pauseMeter } from '../values/cooperative';
import { MAX_OPEN_WINDOWS, earliest, endOf, floor, iso, latest, moveWatermarks } from './window-plan';

/** Removes a delivered window from the plan. Its events older than any lag when they were listed need no final pass. */
export function closeWindow(plan: WindowPlan, id: number, spec: WindowSpec, listedAt: string): WindowPlan {
  const window = plan.open.find((one) => one.id === id);
  if (window === undefined) return plan;
  const open = plan.open.filter((one) => one.id !== id);
  return settle({ ...plan, open }, window, window.to, spec, listedAt);
}

/** How far a window was delivered. */
export interface WindowProgress {
  readonly from: string;
  readonly to: string;
  readonly position: Window['position'] | undefined;
}

/** Replaces a window by its undelivered remainder: the moved bounds, and the position of its read. */
export function advanceWindow(
  plan: WindowPlan,
  id: number,
  { from, to, position }: WindowProgress,
  spec: WindowSpec,
  listedAt: string,
): WindowPlan {
  const window = plan.open.find((one) => one.id === id);
  if (window === undefined) return plan;
  const { position: _, listedAt: __, pages = 0, ...old } = window;
  const hasMoved = from !== window.from || to !== window.to;
  const rest: Window = {
    ...old,
    ...{ from, to, pages: hasMoved ? 0 : pages + 1 },
    ...(position === undefined ? {} : { position, listedAt }),
  };
  const open = plan.open.map((one) => (one.id === id ? rest : one));
  return settle({ ...plan, open }, window, from, spec, listedAt);
}

/** Drops the position of a window's read, so that it restarts at the bound. */
export function restartAtBound(plan: WindowPlan, id: number): WindowPlan {
  const open = plan.open.map((one) => {
    const { position: _, listedAt: __, ...atBound } = one;
    return one.id === id ? atBound : one;
  });
  return { ...plan, open };
}

/** Splits a window in two at a time within it. Returns the same plan when no more windows may be open. */
export function splitWindow(plan: WindowPlan, id: number, at: string): WindowPlan {
  const window = plan.open.find((one) => one.id === id);
  if (window === undefined || at <= window.from || at >= window.to) return plan;
  if (plan.open.length >= MAX_OPEN_WINDOWS) return plan;
  const { position: _, listedAt: __, pages: ___, ...whole } = window;
  const halves = [
    { ...whole, to: at },
    { ...whole, id: plan.nextId, from: at },
  ];
  const open = plan.open.flatMap((one) => (one.id === id ? halves : [one]));
  return { ...plan, nextId: plan.nextId + 1, open };
}

/**
 * Shortens a window to its end by the vendor's clock. Otherwise events that the vendor publishes between that end and ours
 * would be skipped.
 */
export function endByVendor(plan: WindowPlan, id: number, spec: WindowSpec, vendorNow: string): WindowPlan {
  const window = plan.open.find((one) => one.id === id);
  if (window?.lane !== 'live' && window?.lane !== 'final') return plan;
  const { lane, from, to, partition = '' } = window;
  const lagMs = lane === 'live' ? spec.lag.minMs : spec.lag.maxMs;
  const end = latest(from, iso(endOf(vendorNow, lagMs, spec)));
  const frontier = plan.frontiers[partition];
  if (end >= to || frontier === undefined) return plan;
  const open = plan.open.map((one) => (one.id === id ? { ...window, to: end } : one));
  return moveWatermarks({ ...plan, open }, partition, { [lane]: earliest(frontier[lane], end) });
}

/** Moves the final watermark over a live range that was older than any lag when it was listed. */
function settle(
  plan: WindowPlan,
  { lane, partition = '', from }: Window,
  deliveredTo: string,
  spec: WindowSpec,
  listedAt: string,
): WindowPlan {
  const frontier = plan.frontiers[partition];
  if (lane !== 'live' || frontier === undefined || frontier.final < from) return plan;
  const end = earliest(deliveredTo, iso(endOf(listedAt, spec.lag.maxMs, spec)));
  return end > frontier.final ? moveWatermarks(plan, partition, { final: end }) : plan;
}

/** The event times of a page. */
export interface PageTimeRange {
  readonly oldest?: string;
  readonly newest?: string;
  /** True when no record is older than the one before. */
  readonly rising: boolean;
  /** True when no record is newer than the one before. */
  readonly falling: boolean;
  /** True when a record has no time. */
  readonly hasUntimed: boolean;
}

/**
 * Tracks how much of a window is delivered for certain: up to the newest time while its pages rise, down to the oldest while
 * they fall. A page out of order resets the bounds that its read had moved.
 */
export function trackProgress(
  { spec, hasIds }: { readonly spec: WindowSpec; readonly hasIds: boolean },
  window: Window,
): (page: Page, range: PageTimeRange) => WindowProgress {
  const falls = spec.order === 'newest-first';
  let sorted = spec.order !== 'none';
  let edge: string | undefined;
  return ({ checkpoint }, range) => {
    sorted &&= isInOrder(range, edge, falls);
    edge = (falls ? range.oldest : range.newest) ?? edge;
    const { from, to } = sorted && edge !== undefined ? moved(window, edge, spec) : window;
    const hasMoved = from !== window.from || to !== window.to;
    const mayGoOn = hasIds || window.lane === 'live' || !hasMoved;
    const isPlace = Object.keys(checkpoint).length > 0;
    return { from, to, position: isPlace && mayGoOn ? checkpoint : undefined };
  };
}

/** True when the records of a page are in order, and none precedes the edge of the earlier pages. */
function isInOrder(
  { oldest, newest, rising, falling }: PageTimeRange,
  edge: string | undefined,
  falls: boolean,
): boolean {
  const near = falls ? newest : oldest;
  if (near === undefined || edge === undefined) return falls ? falling : rising;
  return falls ? falling && compareIso(near, edge) <= 0 : rising && compareIso(near, edge) >= 0;
}

/** The remaining bounds once everything before an edge is delivered. The events exactly at the edge are read again. */
function moved(window: Window, edge: string, spec: WindowSpec): Pick<Window, 'from' | 'to'> {
  const { from, to } = window;
  const timeMs = floor(Date.parse(edge), spec);
  return spec.order === 'newest-first'
    ? { from, to: clamp(timeMs + (spec.stepMs ?? 1), window) }
    : { from: clamp(timeMs, window), to };
}

function clamp(timeMs: number, { from, to }: Window): string {
  const time = new Date(timeMs).toISOString();
  return time < from ? from : time > to ? to : time;
}

/** The event times of a page. Pauses. */
export function* timeRangeOf(
  records: readonly RawRecord[],
  timeOf: (record: RawRecord) => string | undefined,
): Generator<undefined, PageTimeRange, undefined> {
  const isPauseDue = pauseMeter();
  let [rising, falling, hasUntimed] = [true, true, false];
  let oldest: string | undefined;
  let newest: string | undefined;
  let before: string | undefined;
  for (const record of records) {
    if (isPauseDue(0)) yield;
    const time = timeOf(record);
    if (time === undefined) {
      hasUntimed = true;
      continue;
    }
    const order = before === undefined ? 0 : compareIso(time, before);
    rising &&= order >= 0;
    falling &&= order <= 0;
    if (oldest === undefined || compareIso(time, oldest) < 0) oldest = time;
    if (newest === undefined || compareIso(time, newest) > 0) newest = time;
    before = time;
  }
  const range = oldest === undefined || newest === undefined ? {} : { oldest, newest };
  return { ...range, rising, falling, hasUntimed };
}
