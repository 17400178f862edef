import type { WatermarkIds, Checkpoint } from '../contract/checkpoint';
import type { PullSource } from '../contract/connector';
import type { Clock, DedupSegments } from '../contract/run';
import type { PullRange, WindowSpec } from '../contract/windows';
import { dedupAtWatermark, type DedupPass } from '../windows/watermark';
import { runCooperatively } from '../values/cooperative';
import { learnLateness } from '../windows/lateness';
import { compareIso } from '../values/time';
import { keepFrom } from '../windows/window-plan';
import { dedupWindows } from '../windows/dedup-pass';
import type { FormattedRow } from '../rows/format-page';
import { openDedupIndex, type DedupIndexOptions } from '../windows/dedup-index';
import { deduplicateRepeatedPage } from './repeated-page';
import { windowSpecOf } from '../windows/window-context';
import type { WindowPage } from '../windows/read-windows';
import type { ReadPage } from './pull-run';

/** Recognizes the events that earlier pages and runs delivered. */
export interface Deduplicator {
  readonly pass: DedupPass;
  /** Call before a page is formatted. @throws UnavailableError when the dedup index cannot be read */
  beginPage(page: ReadPage): Promise<void>;
  /**
   * Call before a page's checkpoint is saved. Makes the dedup index durable.
   * @returns the members that the checkpoint must have beside its position
   * @throws UnavailableError when storage cannot be reached
   */
  persist(page: ReadPage, rows: readonly FormattedRow[]): Promise<Partial<Checkpoint>>;
  /** Call after the checkpoint is saved. Never throws. */
  deleteUnreferenced(): Promise<void>;
  /** How many events did not fit into the dedup index. */
  unremembered(): number;
}

/** What deduplication needs of the run. */
export interface DeduplicatorOptions extends Pick<
  DedupIndexOptions,
  'id' | 'log' | 'runId' | 'maxDedupEvents'
> {
  readonly segments: DedupSegments;
  /** The range of a backfill slice; absent in live collection. */
  readonly range?: PullRange | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The watermark ids beside a window plan serve versions without windows, which cannot read the dedup index. Few are kept: the
 * plan needs the space.
 */
const MAX_IDS_BESIDE_WINDOWS = 200;

/**
 * For a windowed source, indexes every event that a window may return again. For any other source, keeps the ids at the
 * watermark, and indexes the records of a page that did not move the position.
 */
export function createDeduplicator(
  source: PullSource,
  checkpoint: Checkpoint,
  options: DeduplicatorOptions,
): Deduplicator {
  const spec = windowSpecOf(source, options.range);
  return spec === undefined
    ? deduplicateAtWatermark(checkpoint, options)
    : deduplicateWindows(spec, checkpoint, options);
}

function deduplicateAtWatermark(
  checkpoint: Checkpoint,
  { clock, segments, ...options }: DeduplicatorOptions,
): Deduplicator {
  const watermark = dedupAtWatermark(checkpoint.boundary);
  const repeated = deduplicateRepeatedPage(watermark, checkpoint, { ...options, segments });
  return {
    pass: repeated.pass,
    beginPage(page) {
      watermark.beginPage(page.rereads === true, clock.now().toISOString());
      return repeated.beginPage(page);
    },
    persist: async (page) => ({
      ...storedWatermark(watermark.watermarkIds()),
      ...(await repeated.persist(page)),
    }),
    deleteUnreferenced: () => repeated.deleteUnreferenced(),
    unremembered: () => repeated.unremembered(),
  };
}

function deduplicateWindows(
  spec: WindowSpec,
  checkpoint: Checkpoint,
  { clock, segments, ...options }: DeduplicatorOptions,
): Deduplicator {
  const index = openDedupIndex({ ...options, spec, segments, saved: checkpoint.seen });
  const watermark = dedupAtWatermark(checkpoint.boundary, MAX_IDS_BESIDE_WINDOWS);
  const pass = dedupWindows(index, watermark);
  let { lag } = checkpoint;
  return {
    pass,
    async beginPage(page) {
      const { first, rereads, timeRange, window } = windowPage(page);
      await index.load(timeRange.hasUntimed ? 'all' : timeRange, window.to);
      const { partition } = window;
      pass.beginPage({ first, overlaps: rereads === true, partition }, clock.now().toISOString());
    },
    async persist(page, rows) {
      const { plan, window } = windowPage(page);
      const now = clock.now();
      lag = await runCooperatively(
        learnLateness(lag, lagsOf(rows, window.lane, spec, now), now.toISOString()),
      );
      const newest = watermark.watermarkIds();
      // Events of a backfill are never late.
      const from = keepFrom(plan, spec, options.range === undefined ? newest?.time : undefined);
      const isWhole = options.range !== undefined && coversRepeats(newest, from, spec);
      const seen = await index.persist(from, isWhole ? newest.time : undefined);
      return { ...storedWatermark(newest), windows: plan, seen, ...(lag === undefined ? {} : { lag }) };
    },
    deleteUnreferenced: () => index.deleteUnreferenced(),
    unremembered: () => index.unremembered(),
  };
}

/** A page of a windowed source. @throws Error if the page belongs to no window: a bug of the framework */
function windowPage(page: ReadPage): WindowPage {
  if (page.window === undefined) throw new Error('a page of a windowed source has no window');
  return page;
}

/**
 * True if the watermark ids cover every event that may be returned again: all events at that time, and none before it.
 * The watermark drops its ids when a newer event comes, so this holds only for pages in rising order whose remaining
 * windows begin there.
 */
function coversRepeats(
  newest: Checkpoint['boundary'],
  from: string,
  { order }: WindowSpec,
): newest is WatermarkIds {
  if (newest === undefined || (order ?? 'oldest-first') !== 'oldest-first') return false;
  return newest.ids.length < MAX_IDS_BESIDE_WINDOWS && compareIso(newest.time, from) <= 0;
}

/**
 * The lateness of each event, as far as it is known: the minimum allowed lateness for an event that a live window returns
 * first; the age, within the limits of the allowed lateness, for an event that a recheck or a final pass finds. `undefined`
 * for an event in a live window that is older than twice the maximum: the run was late, not the event.
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

function storedWatermark(watermark: WatermarkIds | undefined): Partial<Checkpoint> {
  return watermark === undefined ? {} : { boundary: watermark };
}
