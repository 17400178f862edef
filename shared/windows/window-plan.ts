import type { Watermarks, WindowPass, Window, WindowPlan, WindowSpec } from '../contract/windows';

/** At most so many windows are open at once; more are planned as these close. */
export const MAX_OPEN_WINDOWS = 32;

/** What is wrong with how a source's windows are declared; `undefined` when they can work. */
export function windowProblem({ lag, maxMs, maxPages = 1, stepMs = 1 }: WindowSpec): string | undefined {
  if (!(lag.minMs >= 0 && lag.maxMs >= lag.minMs && Number.isFinite(lag.maxMs))) {
    return `a lag of ${lag.minMs} to ${lag.maxMs} ms is none`;
  }
  if (!(stepMs >= 1)) return `stepMs is ${stepMs}, and a step has one millisecond or more`;
  if (maxMs !== undefined && !(maxMs >= stepMs))
    return `maxMs is ${maxMs}, and a window has one step of ${stepMs} ms or more`;
  return maxPages >= 1 ? undefined : `maxPages is ${maxPages}, and a window has one page or more`;
}

/** A plan without a window. */
export const EMPTY_PLAN: WindowPlan = { nextId: 1, frontiers: {}, open: [] };

/** Opens windows over a range, none longer than the vendor takes, as far as there is room. @returns how far */
export function openRange(
  plan: WindowPlan,
  { lane, partition = '', from, to }: Pick<Window, 'lane' | 'partition' | 'from' | 'to'>,
  { maxMs = Number.POSITIVE_INFINITY }: Pick<WindowSpec, 'maxMs'>,
  room = MAX_OPEN_WINDOWS,
): { readonly plan: WindowPlan; readonly to: string } {
  let [next, at] = [plan, from];
  while (at < to && next.open.length < room) {
    const end = ms(to) - ms(at) > maxMs ? iso(ms(at) + maxMs) : to;
    const of = partition === '' ? {} : { partition };
    const window: Window = { id: next.nextId, lane, ...of, from: at, to: end };
    next = { ...next, nextId: next.nextId + 1, open: [...next.open, window] };
    at = end;
  }
  return { plan: next, to: at };
}

const LANES: readonly WindowPass[] = ['live', 'recheck', 'final', 'backfill'];

/** The open window to work next: live ones first, in each lane the oldest; `undefined` when none is left. */
export function nextWindow(
  { open }: WindowPlan,
  isLeft: (window: Window) => boolean = () => false,
): Window | undefined {
  const rank = (window: Window): string => `${LANES.indexOf(window.lane)} ${window.from}`;
  return open.filter((window) => !isLeft(window)).sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[0];
}

/** True for the window of a partition that comes next. */
export function isNextOf(plan: WindowPlan, partition: string): (window: Window) => boolean {
  const next = nextWindow(plan, (window) => window.partition !== partition);
  return (window) => window === next;
}

/**
 * How far the live windows of every partition that is listed were delivered without a gap; `undefined` before the first
 * plan, and where none is listed.
 */
export function deliveredThrough(plan: WindowPlan): string | undefined {
  const ends = Object.entries(plan.frontiers)
    .filter(([, { unlisted }]) => unlisted !== true)
    .map(([partition]) => deliveredTo(plan, partition));
  return ends.length === 0 ? undefined : ends.reduce(earliest);
}

/** The middle of a window, on a step of its bounds. */
export function middleOf({ from, to }: Pick<Window, 'from' | 'to'>, spec: WindowSpec): string {
  return iso(floor((ms(from) + ms(to)) / 2, spec));
}

/**
 * The oldest event time that any window may show again; ISO 8601. What is older need not be remembered. The lag
 * counts from the newest event, so that a clock which ran ahead has nothing forgotten.
 */
export function keepFrom(plan: WindowPlan, { lag }: WindowSpec, newest: string | undefined): string {
  const limits = [
    ...Object.values(plan.frontiers).map(({ final }) => final),
    ...plan.open.map(({ from }) => from),
    ...(newest === undefined ? [] : [iso(ms(newest) - lag.maxMs)]),
  ];
  return limits.reduce(earliest, '9999-12-31T23:59:59.999Z');
}

/** The latest bound at or before a time. */
export function floor(timeMs: number, { stepMs = 1 }: Pick<WindowSpec, 'stepMs'>): number {
  return Math.floor(timeMs / stepMs) * stepMs;
}

/** How far a partition's live windows were delivered without a gap. */
export function deliveredTo(plan: WindowPlan, partition: string): string {
  return plan.open
    .filter((window) => window.lane === 'live' && (window.partition ?? '') === partition)
    .map(({ from }) => from)
    .reduce(earliest, watermarksOf(plan, partition).live);
}

/** Where a partition stands that the plan knows. */
export function watermarksOf({ frontiers }: WindowPlan, partition: string): Watermarks {
  return frontiers[partition] as Watermarks;
}

/** The plan with a frontier of a partition moved. */
export function moveWatermarks(plan: WindowPlan, partition: string, move: Partial<Watermarks>): WindowPlan {
  const frontier = { ...watermarksOf(plan, partition), ...move };
  return { ...plan, frontiers: { ...plan.frontiers, [partition]: frontier } };
}

/** Where a window ends that leaves out the last of a lag; epoch ms, on a step of its bounds. */
export function endOf(now: string, lagMs: number, spec: WindowSpec): number {
  return floor(ms(now) - lagMs, spec);
}

/** Epoch milliseconds of an ISO time, and back. */
export const ms = (time: string): number => Date.parse(time);
export const iso = (timeMs: number): string => new Date(timeMs).toISOString();
export const earliest = (a: string, b: string): string => (a < b ? a : b);
export const latest = (a: string, b: string): string => (a > b ? a : b);
