import type { Boundary, Checkpoint } from '../contract/checkpoint';
import type { PullSource } from '../contract/connector';
import type { Clock, SeenSegments } from '../contract/run';
import type { LagHistogram, PullRange, WindowSpec } from '../contract/windows';
import { walkBoundary, type RecordWalk } from '../windows/watermark';
import { inPieces } from '../values/in-pieces';
import { learnLag } from '../windows/lateness';
import { compareIso } from '../values/time';
import { keepFrom } from '../windows/windows';
import { walkWindows } from '../windows/dedup-pass';
import type { FormattedRow } from '../rows/format';
import { openSeen, type SeenParts } from '../windows/dedup-index';
import { shownAgain } from './repeated-page';
import { windowsOf } from '../windows/context';
import type { WindowPage } from '../windows/read';
import type { ReadPage } from './pull-run';

/** What a run knows of the events that were delivered before. */
export interface Recall {
  readonly walk: RecordWalk;
  /** Before a page is formatted. @throws UnavailableError when what is remembered cannot be read */
  begin(page: ReadPage): Promise<void>;
  /** Before a page's checkpoint is saved: what it must hold beside the position. @throws UnavailableError */
  keep(page: ReadPage, rows: readonly FormattedRow[]): Promise<Partial<Checkpoint>>;
  /** After it is saved. Never throws. */
  forget(): Promise<void>;
  /** How many events were too many to be remembered. */
  unremembered(): number;
}

/** What remembering needs of the run. */
export interface RecallParts extends Pick<SeenParts, 'id' | 'log' | 'runId' | 'maxSeen'> {
  readonly seen: SeenSegments;
  /** Of a part of a backfill. */
  readonly range?: PullRange | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

/** For a version without windows, which knows no segments; the plan needs the room. */
const BOUNDARY_IDS = 200;

/** Of a source that is read in windows everything that may be shown again is remembered; of any other what stands at its newest time, and what a page showed that left the place as it was. */
export function recallOf(source: PullSource, checkpoint: Checkpoint, parts: RecallParts): Recall {
  const spec = windowsOf(source, parts.range);
  return spec === undefined ? ofBoundary(checkpoint, parts) : ofWindows(spec, checkpoint, parts);
}

function ofBoundary(checkpoint: Checkpoint, { seen: segments, clock, ...parts }: RecallParts): Recall {
  const boundary = walkBoundary(checkpoint.boundary);
  const again = shownAgain(boundary, checkpoint, { ...parts, segments });
  return {
    walk: again.walk,
    begin(page) {
      boundary.page(page.rereads === true, clock.now().toISOString());
      return again.begin(page);
    },
    keep: async (page) => ({ ...boundaryOf(boundary.boundary()), ...(await again.keep(page)) }),
    forget: () => again.forget(),
    unremembered: () => again.unremembered(),
  };
}

function ofWindows(
  spec: WindowSpec,
  checkpoint: Checkpoint,
  { seen: segments, clock, ...parts }: RecallParts,
): Recall {
  const seen = openSeen({ ...parts, spec, segments, saved: checkpoint.seen });
  const boundary = walkBoundary(checkpoint.boundary, BOUNDARY_IDS);
  const walk = walkWindows(seen, boundary);
  let { lag } = checkpoint;
  return {
    walk,
    async begin(page) {
      const { first, reach, rereads, window } = page as WindowPage;
      await seen.load(reach.timeless ? 'all' : reach, window.to);
      const { partition } = window;
      walk.page({ first, rereads: rereads === true, partition }, clock.now().toISOString());
    },
    async keep(page, rows) {
      const { plan, window } = page as WindowPage;
      const now = clock.now();
      lag = await inPieces(learnLag(lag, lagsOf(rows, window.lane, spec, now), now.toISOString()));
      const newest = boundary.boundary();
      // Nothing of a backfill comes late.
      const from = keepFrom(plan, spec, parts.range === undefined ? newest?.time : undefined);
      const isWhole = parts.range !== undefined && isAllThereIs(newest, from, spec);
      const index = await seen.keep(from, isWhole ? newest.time : undefined);
      return { ...boundaryOf(boundary.boundary()), windows: plan, seen: index, ...ofLag(lag) };
    },
    forget: () => seen.forget(),
    unremembered: () => seen.unremembered(),
  };
}

/**
 * True where the boundary holds whatever may be shown again: all of its time, and nothing before. It forgets that time
 * once there is a newer one, so that this holds only where pages rise and what is left begins there.
 */
function isAllThereIs(
  newest: Checkpoint['boundary'],
  from: string,
  { order }: WindowSpec,
): newest is Boundary {
  if (newest === undefined || order === 'newest-first') return false;
  return newest.ids.length < BOUNDARY_IDS && compareIso(newest.time, from) <= 0;
}

/**
 * How late events were, as far as that can be known: at most the delay for what a live window shows at its first
 * look, the age for what another one finds. What is older than any lag was not late, we were.
 */
function* lagsOf(
  rows: readonly FormattedRow[],
  lane: WindowPage['window']['lane'],
  { lag }: WindowSpec,
  now: Date,
): Generator<number | undefined> {
  if (lane === 'backfill') return;
  for (const { time } of rows) {
    const ageMs = time === undefined ? Number.NaN : now.getTime() - Date.parse(time);
    if (lane !== 'live') yield Math.max(lag.minMs, Math.min(ageMs, lag.maxMs));
    else yield ageMs <= 2 * lag.maxMs ? lag.minMs : undefined;
  }
}

function boundaryOf(boundary: Checkpoint['boundary']): Partial<Checkpoint> {
  return boundary === undefined ? {} : { boundary };
}

function ofLag(lag: LagHistogram | undefined): Partial<Checkpoint> {
  return lag === undefined ? {} : { lag };
}
