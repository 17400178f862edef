import type { JsonObject } from './json';

/** How a source that can be asked for a range of event time is read, in windows that the framework plans. */
export interface WindowSpec {
  /**
   * The shortest and the longest time after which the vendor shows an event. A live window ends `minMs` before now. After
   * `maxMs` a final pass reads the range a last time. In between, the framework learns how late events really are, and
   * rechecks that far back. If both are equal, everything is complete after `minMs`.
   */
  readonly lag: { readonly minMs: number; readonly maxMs: number };
  /** The longest range of one request, in milliseconds. @default unlimited */
  readonly maxMs?: number;
  /** The most pages that the vendor returns for one range. A window with more is split. @default unlimited */
  readonly maxPages?: number;
  /** The order of records within a window. `none`: nothing counts as delivered before the end of the window. @default 'oldest-first' */
  readonly order?: 'oldest-first' | 'newest-first' | 'none';
  /**
   * How much older than the range that is read the events in it may be, in milliseconds. For a vendor that is asked for the time
   * of a file: delivered events are recognised for this much longer. @default 0; a day with `files`
   */
  readonly olderMs?: number;
  /** The precision of the bounds, in milliseconds. @default 1 */
  readonly stepMs?: number;
}

/**
 * The pass that reads a window: `live`, the first read, for freshness · `recheck`, a repeated read, as far back as events
 * were late so far · `final`, the last read, after the vendor's longest lag, for completeness · `backfill`, a read that an
 * operator started.
 */
export type WindowPass = 'live' | 'recheck' | 'final' | 'backfill';

/** The window that a pull must read: a range of event time. */
export interface PullWindow {
  /** The pass that reads it. */
  readonly lane: WindowPass;
  /** One of the source's `partitions`. Absent when the source has none. */
  readonly partition?: string;
  /** The start, inclusive; ISO 8601, UTC. */
  readonly from: string;
  /** The end, inclusive; ISO 8601, UTC. */
  readonly to: string;
}

/** A window that is not fully delivered. */
export interface Window extends PullWindow {
  readonly id: number;
  /** Where a read stopped between two pages. JSON that only the source understands. */
  readonly position?: JsonObject;
  /**
   * When the listing began that `position` continues; ISO 8601, UTC. The vendor may show the events of that moment, and
   * none that arrived later.
   */
  readonly listedAt?: string;
  /** Pages delivered since a bound moved or the window was split. */
  readonly pages?: number;
}

/** How far each pass of one partition is planned; ISO 8601, UTC. Everything before is either open or delivered. */
export interface Watermarks {
  /** Where the partition began. */
  readonly start: string;
  /** The end of the planned live windows. */
  readonly live: string;
  /** When the last recheck was planned. */
  readonly recheck: string;
  /** The end of the planned final windows. */
  readonly final: string;
  /** The vendor no longer lists the partition, so coverage does not wait for it. */
  readonly unlisted?: true;
}

/** The open windows and watermarks of a source. The plan of a backfill slice has no watermarks (`frontiers`). */
export interface WindowPlan {
  /** The id of the next window. */
  readonly nextId: number;
  /** Watermarks by partition; `''` when the source has none. */
  readonly frontiers: Readonly<Record<string, Watermarks>>;
  readonly open: readonly Window[];
  /** Listed partitions beyond the limit, which are not read. Absent for none. */
  readonly leftPartitions?: number;
  /** The ranges of a backfill slice that are not open yet. Absent for none. */
  readonly rest?: readonly Pick<Window, 'partition' | 'from' | 'to'>[];
  /** The position saved with this plan, as canonical JSON. A different position was written by a version without plans. */
  readonly position?: string;
}

/**
 * The range of event time of a backfill slice; ISO 8601, UTC. An event exactly at a bound that the slice does not own
 * belongs to its neighbour, so that only one of them sends it.
 */
export interface PullRange {
  readonly from: string;
  readonly to: string;
  readonly ownsFrom: boolean;
  readonly ownsTo: boolean;
}

/** How late events appeared: a histogram with exponential decay. */
export interface LatenessHistogram {
  /** When the weights were last decayed; ISO 8601, UTC. */
  readonly at: string;
  /** Bucket `n` holds lags of at most 2^(n/2) seconds. */
  readonly weights: Readonly<Record<string, number>>;
}

/** The segments of a dedup index. The segments hold the hashes of the delivered events that may be shown again. */
export interface StoredDedupIndex {
  /** The key of the hash, so that no outsider can construct two ids with one hash. */
  readonly key: string;
  /** The length of a bucket of event time, in milliseconds. */
  readonly bucketMs: number;
  /** By bucket of event time: each segment's name and how many hashes it holds. */
  readonly buckets: Readonly<Record<string, readonly (readonly [name: string, count: number])[]>>;
}
