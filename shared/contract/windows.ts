import type { JsonObject } from './json';

/** How a source that can be asked for a range of event time is read: in windows that the framework plans. */
export interface WindowSpec {
  /**
   * How late the vendor shows an event, at least and at most. A live window ends `minMs` before now; what is older
   * than `maxMs` was read a last time and is left alone. Equal: everything is complete after `minMs`. In between
   * the framework learns how late events really are, and looks again that far back.
   */
  readonly lag: { readonly minMs: number; readonly maxMs: number };
  /** The longest range that the vendor takes at once. @default any */
  readonly maxMs?: number;
  /** The most pages that the vendor gives of one range. A window with more is cut into two. @default any */
  readonly maxPages?: number;
  /** How records follow one another within a window. @default 'oldest-first' */
  readonly order?: 'oldest-first' | 'newest-first';
  /** The finest step that both bounds can hold. @default 1 */
  readonly stepMs?: number;
}

/**
 * Why a window is read: `live`, for the first time, for freshness · `recheck`, again, as far back as events were
 * learned to be late · `final`, a last time, when the vendor's longest lag is over, for completeness ·
 * `backfill`, because somebody asked for it.
 */
export type WindowPass = 'live' | 'recheck' | 'final' | 'backfill';

/** The window that a pull is asked for: a range of event time. */
export interface PullWindow {
  /** Why it is read. */
  readonly lane: WindowPass;
  /** What of the source's `partitions` it is a part of; absent where the source has none. */
  readonly partition?: string;
  /** From when, inclusive; ISO 8601, UTC. */
  readonly from: string;
  /** Until when, inclusive; ISO 8601, UTC. */
  readonly to: string;
}

/** A window that is not delivered yet. */
export interface Window extends PullWindow {
  readonly id: number;
  /** Where a read of it stopped between two pages: the source's own words. */
  readonly position?: JsonObject;
  /**
   * When the list that the position goes on in was begun; ISO 8601, UTC. A vendor may show there what it had then, and
   * nothing that came late.
   */
  readonly listedAt?: string;
  /** How many pages of it were delivered since a bound moved or it was cut. */
  readonly pages?: number;
}

/** How far each lane of one partition has been planned; ISO 8601 in UTC. What is planned is open or delivered. */
export interface Watermarks {
  /** Where the partition began. */
  readonly start: string;
  readonly live: string;
  /** When the last recheck was planned. */
  readonly recheck: string;
  readonly final: string;
  /** The vendor lists the partition no more: nothing of it is waited for. */
  readonly unlisted?: true;
}

/** What of a source's time line is delivered, and what is open. A backfill owns one that has no frontiers. */
export interface WindowPlan {
  /** The id of the next window. */
  readonly nextId: number;
  /** By partition; `''` where the source has none. */
  readonly frontiers: Readonly<Record<string, Watermarks>>;
  readonly open: readonly Window[];
  /** How many partitions were listed that are too many to be read; absent where there are none. */
  readonly leftPartitions?: number;
  /** What a part of a backfill has left to open; absent where nothing is. */
  readonly rest?: readonly Pick<Window, 'partition' | 'from' | 'to'>[];
  /** The position that was saved beside it, as canonical JSON; another one was written by a version without a plan. */
  readonly position?: string;
}

/**
 * What a part of a backfill reads: event time from `from` to `to`, ISO 8601 in UTC. What happened exactly at a bound
 * that is not its own belongs to its neighbour, so that nothing is sent by both.
 */
export interface PullRange {
  readonly from: string;
  readonly to: string;
  readonly ownsFrom: boolean;
  readonly ownsTo: boolean;
}

/** How late events were first seen: weights by bucket, decayed. */
export interface LatenessHistogram {
  /** When it was decayed last; ISO 8601, UTC. */
  readonly at: string;
  /** Bucket `n` holds lags of at most 2^(n/2) seconds. */
  readonly weights: Readonly<Record<string, number>>;
}

/** Which segments hold what was delivered and may be shown again. The hashes themselves are in the segments. */
export interface StoredDedupIndex {
  /** Hashed with each id, so that no outsider can construct two ids with one hash. */
  readonly key: string;
  readonly bucketMs: number;
  /** By bucket of event time: each segment's name and how many hashes it holds. */
  readonly buckets: Readonly<Record<string, readonly (readonly [name: string, count: number])[]>>;
}
