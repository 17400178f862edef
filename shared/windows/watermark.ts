import { createHash } from 'node:crypto';
import type { WatermarkIds } from '../contract/checkpoint';
import { largeMap } from '../values/large-map';
import { compareIso } from '../values/time';

/**
 * The most ids kept at the newest event time. Beyond that, an event at the same time is sent twice rather than dropped.
 * 1,000 ids of at most 40 bytes keep a checkpoint under 64 KB.
 */
export const MAX_WATERMARK_IDS = 1_000;
/** An id that is kept as it is: one byte a character, in JSON too. Any other id is kept as its hash. */
const SHORT_ID = /^[ !#-[\]-~]{1,40}$/;

/** Identifies the records of a run in order, and recognizes those that were delivered before. */
export type DedupPass = Pick<WatermarkDedupPass, 'checkId' | 'checkHash'>;

/** Deduplicates at the watermark, the newest event time delivered, while a run reads its records in order. */
export interface WatermarkDedupPass {
  /**
   * Begins a page. A record later than `readAt` (ISO 8601, UTC) does not move the watermark: a wrong clock must not make
   * the next read skip what happens until then.
   * @param overlaps the page starts again at the watermark, inclusive
   */
  beginPage(overlaps: boolean, readAt: string): void;
  /** Checks a record by the vendor's id. `duplicate`: that id was delivered at that very time; at any other time it is new. */
  checkId(time: string | undefined, id: string): { readonly id: string; readonly duplicate: boolean };
  /**
   * Checks a record without an id: its id is its hash, and its ordinal among equal records at one position.
   * `duplicate` only while a read overlaps what was delivered.
   */
  checkHash(time: string | undefined, hash: string): { readonly id: string; readonly duplicate: boolean };
  /** True when this id was delivered at this time, and that is the watermark. */
  has(time: string | undefined, id: string): boolean;
  /** The watermark after the records so far; `undefined` while none had a time. */
  watermarkIds(): WatermarkIds | undefined;
}

/** Starts from the saved watermark, with at most `maxIds` ids. Pure: only the pass itself changes. */
export function dedupAtWatermark(
  saved: WatermarkIds | undefined,
  maxIds = MAX_WATERMARK_IDS,
): WatermarkDedupPass {
  let time = saved?.time;
  let ids = new Set(saved?.ids ?? []);
  let isFull = ids.size >= maxIds;
  /** How many records of each hash were read on this page, or since an overlap began. */
  let ordinals = largeMap<number>();
  let isOverlap = false;
  let latest = '';

  /** Moves the watermark on to a newer time. True when the record stands at the watermark. */
  const advance = (at: string | undefined): boolean => {
    if (at === undefined || compareIso(at, latest) > 0) return false;
    const order = time === undefined ? 1 : compareIso(at, time);
    if (order > 0) {
      time = at;
      ids = new Set();
      isFull = false;
      isOverlap = false;
    }
    return order >= 0;
  };
  const remember = (id: string): void => {
    if (!isFull) ids.add(id);
    isFull = ids.size >= maxIds;
  };

  return {
    beginPage(overlaps, readAt) {
      latest = readAt;
      if (overlaps) isOverlap = true;
      if (overlaps || !isOverlap) ordinals = largeMap();
    },
    checkId(at, id) {
      const key = shorten(id);
      const isNewest = advance(at);
      const duplicate = isNewest && ids.has(key);
      if (isNewest && !duplicate) remember(key);
      return { id, duplicate };
    },
    checkHash(at, hash) {
      const isNewest = advance(at);
      let ordinal = ordinals.get(hash) ?? 0;
      let id = idOfHash(hash, ordinal);
      // Outside an overlap, an id that was delivered belongs to another, equal record.
      while (isNewest && !isOverlap && ids.has(shorten(id))) id = idOfHash(hash, ++ordinal);
      ordinals.set(hash, ordinal + 1);
      const duplicate = isNewest && isOverlap && ids.has(shorten(id));
      if (isNewest && !duplicate) remember(shorten(id));
      return { id, duplicate };
    },
    has: (at, id) => at !== undefined && at === time && ids.has(shorten(id)),
    watermarkIds() {
      return time === undefined ? undefined : { time, ids: [...ids] };
    },
  };
}

/** The id of a record that has none: its hash, and its ordinal among equal records. */
export function idOfHash(hash: string, ordinal: number): string {
  return ordinal === 0 ? hash : `${hash}-${ordinal}`;
}

function shorten(id: string): string {
  return SHORT_ID.test(id) ? id : createHash('sha256').update(id).digest('base64url').slice(0, 22);
}
