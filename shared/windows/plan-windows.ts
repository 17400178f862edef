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

/** The most partitions that are read. Each costs the checkpoint about 150 bytes and its name. */
export const MAX_PARTITIONS = 100;

/** A shorter live window is not opened while other windows are open. */
const SHORT_MS = 60_000;

/** The input of planning. */
export interface PlanTime {
  /** Now, or the newest event time if later, so that a slow clock delays nothing. ISO 8601, UTC. */
  readonly now: string;
  /** Where a new partition begins. ISO 8601, UTC. */
  readonly startFrom: string;
  /** How far back a recheck reads, in milliseconds. */
  readonly overlapMs: number;
  /** `['']` if the source has none. */
  readonly partitions: readonly string[];
  /** The partitions that failed during this run. */
  readonly failed?: ReadonlySet<string>;
}

/**
 * Opens the windows that can be read now, up to the limit of open windows: first the live ones of every partition, then the
 * rechecks, then the final ones. Everything between a partition's start and its live watermark is open or delivered. When
 * the clock or the declaration changes, a watermark beyond its lag steps back. A failed partition keeps one window, which
 * does not count towards the limit.
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

/** Removes windows of a partition from the plan, and moves its watermarks back to where they began. */
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
    // A removed recheck is due again at once.
    recheck: taken.some(({ lane }) => lane === 'recheck') ? start : recheck,
    final: startOf('final', earliest(final, begins)),
  };
  return moveWatermarks({ ...plan, open: plan.open.filter((window) => !isTaken(window)) }, partition, moved);
}

/** How many windows may be open. Those of failed partitions do not count. */
function roomOf({ open }: WindowPlan, { failed }: Pick<PlanTime, 'failed'>): number {
  return MAX_OPEN_WINDOWS + open.filter(({ partition = '' }) => failed?.has(partition) === true).length;
}

/**
 * Closes the windows of partitions that are no longer listed. Their watermarks stay, as far as there is room, so that a
 * partition that comes back continues where it was.
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

/** Steps watermarks back that are too far ahead, because the clock was ahead or the declared lag was shorter. */
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

/** Opens the next live window. When runs are short, a window of seconds in each would leave no time for other passes. */
const openLive: Opener = (plan, spec, time, partition) => {
  const { live } = watermarksOf(plan, partition);
  const end = iso(endOf(time.now, spec.lag.minMs, spec));
  if (ms(end) - ms(live) < SHORT_MS && isAnyOpen(plan, time)) return plan;
  const opened = openRange(plan, { lane: 'live', partition, from: live, to: end }, spec, roomOf(plan, time));
  return moveWatermarks(opened.plan, partition, { live: opened.to });
};

/** Opens a recheck as far back as events are late, each time a quarter of that span has passed. */
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

/** Opens the final pass once the longest lag is over, in ranges of at least a quarter of it. */
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

/** True when a partition that has not failed has an open window. */
function isAnyOpen({ open }: WindowPlan, { failed }: Pick<PlanTime, 'failed'>): boolean {
  return open.some(({ partition = '' }) => failed?.has(partition) !== true);
}

function isOpen({ open }: WindowPlan, partition: string, lane: WindowPass): boolean {
  return open.some((window) => window.lane === lane && (window.partition ?? '') === partition);
}
