import { hash as digest } from 'node:crypto';
import { largeMap } from '../values/large-map';
import { idOfHash, type WatermarkDedupPass, type DedupPass } from './watermark';

/** A set of delivered events. Exact. */
export interface DedupSet {
  has(time: string | undefined, id: string): boolean;
  add(time: string | undefined, id: string): void;
}

/** Deduplicates the records of windows, which may be read in any order and more than once. */
export interface WindowDedupPass extends DedupPass {
  /** Begins a page. @param readAt when the page was read; ISO 8601, UTC */
  beginPage(page: DedupPage, readAt: string): void;
}

/** The place of a page in the reads of a source. */
export interface DedupPage {
  /** True for the first page of a read, new or continued. */
  readonly first: boolean;
  /**
   * True when the read begins at a bound and shows delivered records again. False for a read that continues between two
   * pages.
   */
  readonly overlaps: boolean;
  readonly partition: string | undefined;
}

/**
 * Creates a dedup pass. A record with an id is identified by its id and time. Equal records without an id are distinguished
 * by their ordinal in a read that starts at a bound, which shows all of them. In a read that continues midway, an equal
 * record is a new record, and so is an equal record of another partition.
 */
export function dedupWindows(index: DedupSet, watermark: WatermarkDedupPass): WindowDedupPass {
  let ordinals = largeMap<number>();
  let isOverlap = true;
  let partition: string | undefined;
  const has = (time: string | undefined, id: string): boolean =>
    index.has(time, id) || watermark.has(time, id);
  const add = (time: string | undefined, id: string): void => {
    index.add(time, id);
    watermark.checkId(time, id);
  };
  return {
    beginPage(page, readAt) {
      watermark.beginPage(false, readAt);
      partition = page.partition;
      if (!page.first && !page.overlaps) return;
      ordinals = largeMap();
      isOverlap = page.overlaps;
    },
    checkId(time, id) {
      const duplicate = has(time, id);
      if (!duplicate) add(time, id);
      return { id, duplicate };
    },
    checkHash(time, recordHash) {
      const hash = partition === undefined ? recordHash : digest('sha256', `${partition}\n${recordHash}`);
      let ordinal = ordinals.get(hash) ?? 0;
      while (!isOverlap && has(time, idOfHash(hash, ordinal))) ordinal++;
      ordinals.set(hash, ordinal + 1);
      const id = idOfHash(hash, ordinal);
      const duplicate = has(time, id);
      if (!duplicate) add(time, id);
      return { id, duplicate };
    },
  };
}
