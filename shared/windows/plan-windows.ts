import type { WindowPass, Window, WindowPlan, WindowSpec } from '../contract/windows';
import {
  MAX_OPEN_WINDOWS,
  deliveredTo,
  earliest,
  endOf,
  floor,
  watermarksOf,
  isNextOf,
  iso,
  latest,
  moveWatermarks,
  ms,
  openRange,
} from './window-plan';

/** At most so many partitions are read: each costs the checkpoint about 150 bytes and its name. */
export const MAX_PARTITIONS = 100;

/** A live window that is shorter waits until those that are open are done. */
const SHORT_MS = 60_000;

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

/**
 * Opens the windows that may be worked now, as many as are open at most: first the live ones of every partition,
 * then the rechecks, then the final ones. Whatever lies between a partition's start and its live frontier is
 * open or was delivered, also when the clock or the declaration changes: a frontier beyond its lag steps back.
 * Of a partition that failed one window stays, which takes no other partition's room.
 */
export function planWindows(plan: WindowPlan, spec: WindowSpec, time: PlanTime): WindowPlan {
  const listed = time.partitions.slice(0, MAX_PARTITIONS);
  let next = dropUnlisted(plan, listed, time.partitions.length - listed.length);
  for (const partition of listed) next = stepBack(next, spec, time, partition);
  const { failed = new Set() } = time;
  for (const partition of failed) next = takeBack(next, partition, isNextOf(next, partition));
  for (const open of [openLive, openRecheck, openFinal]) {
    for (const partition of listed) if (!failed.has(partition)) next = open(next, spec, time, partition);
  }
  return next;
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
  const startOf = (lane: WindowPass, otherwise: string): string =>
    taken
      .filter((window) => window.lane === lane)
      .reduce((start, { from }) => earliest(start, from), otherwise);
  const { final, live, recheck, start } = watermarksOf(plan, partition);
  const begins = startOf('live', live);
  const moved = {
    live: begins,
    // What was to be looked at again is, as soon as there is room.
    recheck: taken.some(({ lane }) => lane === 'recheck') ? start : recheck,
    final: startOf('final', earliest(final, begins)),
  };
  return moveWatermarks({ ...plan, open: plan.open.filter((window) => !isTaken(window)) }, partition, moved);
}

/** How many windows may be open: those of what failed take no room. */
function roomOf({ open }: WindowPlan, { failed }: Pick<PlanTime, 'failed'>): number {
  return MAX_OPEN_WINDOWS + open.filter(({ partition = '' }) => failed?.has(partition) === true).length;
}

/**
 * A partition that is listed no more has nothing open; should it come back, it goes on where it was. Its frontier is
 * forgotten when there is no room for it.
 */
function dropUnlisted(before: WindowPlan, listed: readonly string[], left: number): WindowPlan {
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

/** Live windows go first: where runs have little time, one of seconds in each run would leave none for any other. */
const openLive: Opener = (plan, spec, time, partition) => {
  const { live } = watermarksOf(plan, partition);
  const end = iso(endOf(time.now, spec.lag.minMs, spec));
  if (ms(end) - ms(live) < SHORT_MS && isAnyOpen(plan, time)) return plan;
  const opened = openRange(plan, { lane: 'live', partition, from: live, to: end }, spec, roomOf(plan, time));
  return moveWatermarks(opened.plan, partition, { live: opened.to });
};

/** Again as far back as events are late, each time a quarter of that has passed. */
const openRecheck: Opener = (plan, spec, time, partition) => {
  const { now, overlapMs } = time;
  const { final, recheck } = watermarksOf(plan, partition);
  const isDue = overlapMs > spec.lag.minMs && ms(now) - ms(recheck) >= overlapMs / 4;
  if (!isDue || isOpen(plan, partition, 'recheck')) return plan;
  const to = deliveredTo(plan, partition);
  const reachMs = Math.min(overlapMs, (spec.maxMs ?? Number.POSITIVE_INFINITY) * (MAX_OPEN_WINDOWS / 2));
  const from = latest(final, iso(floor(ms(to) - reachMs, spec)));
  const opened = openRange(plan, { lane: 'recheck', partition, from, to }, spec, roomOf(plan, time));
  return opened.to === to ? moveWatermarks(opened.plan, partition, { recheck: now }) : plan;
};

/** A last time when the longest lag is over, a quarter of it at once. */
const openFinal: Opener = (plan, spec, time, partition) => {
  const { final } = watermarksOf(plan, partition);
  const end = earliest(iso(endOf(time.now, spec.lag.maxMs, spec)), deliveredTo(plan, partition));
  if (spec.lag.maxMs <= spec.lag.minMs) return moveWatermarks(plan, partition, { final: latest(final, end) });
  if (ms(end) - ms(final) < spec.lag.maxMs / 4) return plan;
  const opened = openRange(
    plan,
    { lane: 'final', partition, from: final, to: end },
    spec,
    roomOf(plan, time),
  );
  return moveWatermarks(opened.plan, partition, { final: opened.to });
};

/** True where a window is open of a partition that has not failed. */
function isAnyOpen({ open }: WindowPlan, { failed }: Pick<PlanTime, 'failed'>): boolean {
  return open.some(({ partition = '' }) => failed?.has(partition) !== true);
}

function isOpen({ open }: WindowPlan, partition: string, lane: WindowPass): boolean {
  return open.some((window) => window.lane === lane && (window.partition ?? '') === partition);
}
