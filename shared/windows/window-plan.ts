import type { Watermarks, WindowPass, Window, WindowPlan, WindowSpec } from '../contract/windows';

/** The most windows that are open at once. More are planned as these close. */
export const MAX_OPEN_WINDOWS = 32;

/** Why a window declaration is invalid; `undefined` if it is valid. */
export function windowProblem({
  lag,
  maxMs,
  maxPages = 1,
  olderMs = 0,
  stepMs = 1,
}: WindowSpec): string | undefined {
  if (!(lag.minMs >= 0 && lag.maxMs >= lag.minMs && Number.isFinite(lag.maxMs))) {
    return `a lag of ${lag.minMs} to ${lag.maxMs} ms is not valid`;
  }
  if (!(olderMs >= 0 && Number.isFinite(olderMs))) return `olderMs is ${olderMs}, and must be at least 0`;
  if (!(stepMs >= 1)) return `stepMs is ${stepMs}, and must be at least 1`;
  if (maxMs !== undefined && !(maxMs >= stepMs))
    return `maxMs is ${maxMs}, and must be at least one step of ${stepMs} ms`;
  return maxPages >= 1 ? undefined : `maxPages is ${maxPages}, and must be at least 1`;
}

/** A plan without a window. */
export const EMPTY_PLAN: WindowPlan = { nextId: 1, frontiers: {}, open: [] };

/** Opens windows over a range, each at most `maxMs` long, until `room` windows are open. @returns the plan, and the end of the opened range */
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

const PASSES: readonly WindowPass[] = ['live', 'recheck', 'final', 'backfill'];

/** The open window to read next: live windows first, the oldest of each pass first. `undefined` when none is left. */
export function nextWindow(
  { open }: WindowPlan,
  isLeft: (window: Window) => boolean = () => false,
): Window | undefined {
  const rank = (window: Window): string => `${PASSES.indexOf(window.lane)} ${window.from}`;
  return open.filter((window) => !isLeft(window)).sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[0];
}

/** Returns a predicate for the next window of a partition. */
export function isNextOf(plan: WindowPlan, partition: string): (window: Window) => boolean {
  const next = nextWindow(plan, (window) => window.partition !== partition);
  return (window) => window === next;
}

/**
 * How far the live windows of all listed partitions are delivered without a gap; ISO 8601, UTC. `undefined` before the first
 * plan, or when no partition is listed.
 */
export function deliveredThrough(plan: WindowPlan): string | undefined {
  const ends = Object.entries(plan.frontiers)
    .filter(([, { unlisted }]) => unlisted !== true)
    .map(([partition]) => deliveredTo(plan, partition));
  return ends.length === 0 ? undefined : ends.reduce(earliest);
}

/** The middle of a window, rounded down to a step. */
export function middleOf({ from, to }: Pick<Window, 'from' | 'to'>, spec: WindowSpec): string {
  return iso(floor((ms(from) + ms(to)) / 2, spec));
}

/**
 * The oldest event time that any window may show again; ISO 8601, UTC. The dedup index may forget older events. The lag
 * counts back from the newest event, so that a fast clock forgets nothing.
 */
export function keepFrom(
  plan: WindowPlan,
  { lag, olderMs = 0 }: WindowSpec,
  newest: string | undefined,
): string {
  const limits = [
    ...Object.values(plan.frontiers).map(({ final }) => final),
    ...plan.open.map(({ from }) => from),
    ...(newest === undefined ? [] : [iso(ms(newest) - lag.maxMs)]),
  ];
  const from = limits.reduce(earliest, '9999-12-31T23:59:59.999Z');
  return olderMs === 0 ? from : iso(ms(from) - olderMs);
}

/** Rounds a time down to a step; epoch milliseconds. */
export function floor(timeMs: number, { stepMs = 1 }: Pick<WindowSpec, 'stepMs'>): number {
  return Math.floor(timeMs / stepMs) * stepMs;
}

/** How far a partition's live windows are delivered without a gap; ISO 8601, UTC. */
export function deliveredTo(plan: WindowPlan, partition: string): string {
  return plan.open
    .filter((window) => window.lane === 'live' && (window.partition ?? '') === partition)
    .map(({ from }) => from)
    .reduce(earliest, watermarksOf(plan, partition).live);
}

/** The watermarks of a partition, which the plan must know. */
export function watermarksOf({ frontiers }: WindowPlan, partition: string): Watermarks {
  return frontiers[partition] as Watermarks;
}

/** Moves watermarks of a partition. */
export function moveWatermarks(plan: WindowPlan, partition: string, move: Partial<Watermarks>): WindowPlan {
  const frontier = { ...watermarksOf(plan, partition), ...move };
  return { ...plan, frontiers: { ...plan.frontiers, [partition]: frontier } };
}

/** The end of a window that stays `lagMs` behind now; epoch milliseconds, on a step. */
export function endOf(now: string, lagMs: number, spec: WindowSpec): number {
  return floor(ms(now) - lagMs, spec);
}

/** Epoch milliseconds of an ISO time, and back. */
export const ms = (time: string): number => Date.parse(time);
export const iso = (timeMs: number): string => new Date(timeMs).toISOString();
export const earliest = (a: string, b: string): string => (a < b ? a : b);
export const latest = (a: string, b: string): string => (a > b ? a : b);
