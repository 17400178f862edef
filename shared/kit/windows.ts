import type { Frontier, Lane, Window, WindowPlan, WindowSpec } from '../contract/windows';

/** At most so many windows are open at once; more are planned as these close. */
export const MAX_OPEN_WINDOWS = 32;
/** At most so many partitions are read: each costs the checkpoint about 150 bytes and its name. */
export const MAX_PARTITIONS = 100;

/** What a plan is made by. */
export interface PlanTime {
  /** Now, or the newest event where that is later: a clock that is behind holds nothing up. ISO 8601, UTC. */
  readonly now: string;
  /** Where a partition that was never read begins. ISO 8601, UTC. */
  readonly startFrom: string;
  /** How far back a recheck looks. */
  readonly overlapMs: number;
  /** `['']` where the source has none. */
  readonly partitions: readonly string[];
  /** Those that failed since the run began. */
  readonly failed?: ReadonlySet<string>;
}

/** What is wrong with how a source's windows are declared; `undefined` when they can work. */
export function windowProblem({ lag, maxMs = 1, maxPages = 1, stepMs = 1 }: WindowSpec): string | undefined {
  if (!(lag.minMs >= 0 && lag.maxMs >= lag.minMs && Number.isFinite(lag.maxMs))) {
    return `a lag of ${lag.minMs} to ${lag.maxMs} ms is none`;
  }
  return stepMs >= 1 && maxMs >= stepMs && maxPages >= 1 ? undefined : 'a window holds nothing';
}

/** A plan without a window. */
export const EMPTY_PLAN: WindowPlan = { nextId: 1, frontiers: {}, open: [] };

/**
 * Opens the windows that may be worked now, as many as are open at most: first the live ones of every partition,
 * then the rechecks, then the final ones. Whatever lies between a partition's start and its live frontier is
 * open or was delivered, also when the clock or the declaration changes: a frontier beyond its lag steps back.
 * Of a partition that failed one window stays, which takes no other partition's room.
 */
export function planWindows(plan: WindowPlan, spec: WindowSpec, time: PlanTime): WindowPlan {
  const listed = time.partitions.slice(0, MAX_PARTITIONS);
  let next = leaveUnlisted(plan, listed, time.partitions.length - listed.length);
  for (const partition of listed) next = stepBack(next, spec, time, partition);
  const { failed = new Set() } = time;
  for (const partition of failed) next = takeBack(next, partition, isNextOf(next, partition));
  for (const open of [openLive, openRecheck, openFinal]) {
    for (const partition of listed) if (!failed.has(partition)) next = open(next, spec, time, partition);
  }
  return next;
}

/** True for the window of a partition that comes next. */
export function isNextOf(plan: WindowPlan, partition: string): (window: Window) => boolean {
  const next = nextWindow(plan, (window) => window.partition !== partition);
  return (window) => window === next;
}

/** Takes windows of a partition out of the plan: what they would have read is not planned yet. */
function takeBack(
  plan: WindowPlan,
  partition: string,
  isKept: (window: Window) => boolean = () => false,
): WindowPlan {
  const isTaken = (window: Window): boolean =>
    window.lane !== 'backfill' && (window.partition ?? '') === partition && !isKept(window);
  const taken = plan.open.filter(isTaken);
  if (taken.length === 0) return plan;
  const startOf = (lane: Lane, otherwise: string): string =>
    taken
      .filter((window) => window.lane === lane)
      .reduce((start, { from }) => earliest(start, from), otherwise);
  const { final, live, recheck, start } = frontierOf(plan, partition);
  const begins = startOf('live', live);
  const moved = {
    live: begins,
    // What was to be looked at again is, as soon as there is room.
    recheck: taken.some(({ lane }) => lane === 'recheck') ? start : recheck,
    final: startOf('final', earliest(final, begins)),
  };
  return moveFrontier({ ...plan, open: plan.open.filter((window) => !isTaken(window)) }, partition, moved);
}

/** How many windows may be open: those of what failed take no room. */
function roomOf({ open }: WindowPlan, { failed }: Pick<PlanTime, 'failed'>): number {
  return MAX_OPEN_WINDOWS + open.filter(({ partition = '' }) => failed?.has(partition) === true).length;
}

/**
 * A partition that is listed no more has nothing open; should it come back, it goes on where it was. Its frontier is
 * forgotten when there is no room for it.
 */
function leaveUnlisted(before: WindowPlan, listed: readonly string[], left: number): WindowPlan {
  const isListed = new Set(listed);
  const { leftPartitions: _, ...plan } = Object.keys(before.frontiers)
    .filter((partition) => !isListed.has(partition))
    .reduce((next, partition) => takeBack(next, partition), before);
  const frontiers = Object.entries(plan.frontiers).map(
    ([partition, frontier]) =>
      [partition, isListed.has(partition) ? frontier : { ...frontier, unlisted: true as const }] as const,
  );
  const known = frontiers.filter(([partition]) => isListed.has(partition));
  const others = frontiers
    .filter(([partition]) => !isListed.has(partition))
    .sort(([, a], [, b]) => (a.live > b.live ? -1 : 1))
    .slice(0, Math.max(0, MAX_PARTITIONS - listed.length));
  return {
    ...plan,
    frontiers: Object.fromEntries([...known, ...others]),
    ...(left > 0 ? { leftPartitions: left } : {}),
  };
}

type Opener = (plan: WindowPlan, spec: WindowSpec, time: PlanTime, partition: string) => WindowPlan;

/** What was read too early, because the clock was ahead or the lag was less, is not read yet. */
const stepBack: Opener = (plan, spec, { now, startFrom }, partition) => {
  const start = iso(floor(ms(startFrom), spec));
  const found = plan.frontiers[partition] ?? { start, live: start, recheck: now, final: start };
  const [live, final] = [spec.lag.minMs, spec.lag.maxMs].map((lagMs) => iso(endOf(now, lagMs, spec)));
  const frontier = {
    start: found.start,
    live: latest(found.start, earliest(found.live, live as string)),
    recheck: earliest(found.recheck, now),
    final: latest(found.start, earliest(found.final, final as string)),
  };
  const open = plan.open.flatMap((window) => {
    if (window.lane !== 'live' || (window.partition ?? '') !== partition || window.to <= frontier.live)
      return [window];
    const { position: _, listedAt: __, ...cut } = window;
    return window.from < frontier.live ? [{ ...cut, to: frontier.live }] : [];
  });
  return { ...plan, open, frontiers: { ...plan.frontiers, [partition]: frontier } };
};

const openLive: Opener = (plan, spec, time, partition) => {
  const { live } = frontierOf(plan, partition);
  const end = iso(endOf(time.now, spec.lag.minMs, spec));
  const opened = openRange(plan, { lane: 'live', partition, from: live, to: end }, spec, roomOf(plan, time));
  return moveFrontier(opened.plan, partition, { live: opened.to });
};

/** Again as far back as events are late, each time a quarter of that has passed. */
const openRecheck: Opener = (plan, spec, time, partition) => {
  const { now, overlapMs } = time;
  const { final, recheck } = frontierOf(plan, partition);
  const isDue = overlapMs > spec.lag.minMs && ms(now) - ms(recheck) >= overlapMs / 4;
  if (!isDue || isOpen(plan, partition, 'recheck')) return plan;
  const to = deliveredTo(plan, partition);
  const reachMs = Math.min(overlapMs, (spec.maxMs ?? Number.POSITIVE_INFINITY) * (MAX_OPEN_WINDOWS / 2));
  const from = latest(final, iso(floor(ms(to) - reachMs, spec)));
  const opened = openRange(plan, { lane: 'recheck', partition, from, to }, spec, roomOf(plan, time));
  return opened.to === to ? moveFrontier(opened.plan, partition, { recheck: now }) : plan;
};

/** A last time when the longest lag is over, a quarter of it at once. */
const openFinal: Opener = (plan, spec, time, partition) => {
  const { final } = frontierOf(plan, partition);
  const end = earliest(iso(endOf(time.now, spec.lag.maxMs, spec)), deliveredTo(plan, partition));
  if (spec.lag.maxMs <= spec.lag.minMs) return moveFrontier(plan, partition, { final: latest(final, end) });
  if (ms(end) - ms(final) < spec.lag.maxMs / 4) return plan;
  const opened = openRange(
    plan,
    { lane: 'final', partition, from: final, to: end },
    spec,
    roomOf(plan, time),
  );
  return moveFrontier(opened.plan, partition, { final: opened.to });
};

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

const LANES: readonly Lane[] = ['live', 'recheck', 'final', 'backfill'];

/** The open window to work next: live ones first, in each lane the oldest; `undefined` when none is left. */
export function nextWindow(
  { open }: WindowPlan,
  isLeft: (window: Window) => boolean = () => false,
): Window | undefined {
  const rank = (window: Window): string => `${LANES.indexOf(window.lane)} ${window.from}`;
  return open.filter((window) => !isLeft(window)).sort((a, b) => (rank(a) < rank(b) ? -1 : 1))[0];
}

/** Takes a window that was delivered out of the plan. What was older than any lag when it was listed is final. */
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

/** Puts the rest of a window in its place: its bounds as far as they moved, and where its read stands. */
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

/** Cuts a window in two that meet at a time within it; nothing is cut where there is no room. */
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
 * Ends a window where its vendor's clock has it end: what the vendor publishes between there and the end by our clock
 * would otherwise be passed over.
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
  return moveFrontier({ ...plan, open }, partition, { [lane]: earliest(frontier[lane], end) });
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

/** A live range that was older than any lag when it was listed need not be read a last time. */
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
  return end > frontier.final ? moveFrontier(plan, partition, { final: end }) : plan;
}

/** How far a partition's live windows were delivered without a gap. */
function deliveredTo(plan: WindowPlan, partition: string): string {
  return plan.open
    .filter((window) => window.lane === 'live' && (window.partition ?? '') === partition)
    .map(({ from }) => from)
    .reduce(earliest, frontierOf(plan, partition).live);
}

function isOpen({ open }: WindowPlan, partition: string, lane: Lane): boolean {
  return open.some((window) => window.lane === lane && (window.partition ?? '') === partition);
}

function frontierOf({ frontiers }: WindowPlan, partition: string): Frontier {
  return frontiers[partition] as Frontier;
}

function moveFrontier(plan: WindowPlan, partition: string, move: Partial<Frontier>): WindowPlan {
  const frontier = { ...frontierOf(plan, partition), ...move };
  return { ...plan, frontiers: { ...plan.frontiers, [partition]: frontier } };
}

function endOf(now: string, lagMs: number, spec: WindowSpec): number {
  return floor(ms(now) - lagMs, spec);
}

const ms = (time: string): number => Date.parse(time);
const iso = (timeMs: number): string => new Date(timeMs).toISOString();
const earliest = (a: string, b: string): string => (a < b ? a : b);
const latest = (a: string, b: string): string => (a > b ? a : b);
