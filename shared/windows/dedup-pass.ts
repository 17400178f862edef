import { hash as digest } from 'node:crypto';
import { largeMap } from '../values/large-map';
import { idOfHash, type WatermarkDedupPass, type DedupPass } from './watermark';

/** The events that were delivered and may be shown again. Exact. */
export interface DedupSet {
  has(time: string | undefined, id: string): boolean;
  add(time: string | undefined, id: string): void;
}

/** Identifies the records of windows, which may be read in any order and more than once. */
export interface WindowDedupPass extends DedupPass {
  /** Begins a page. @param readAt when the page was read; ISO 8601, UTC */
  beginPage(page: DedupPage, readAt: string): void;
}

/** Where a page stands in the reads of a source. */
export interface DedupPage {
  /** True where a read begins or continues with this page. */
  readonly first: boolean;
  /**
   * True where the read begins at a bound, and shows again what was delivered from there on. A read that continues
   * between two pages does not.
   */
  readonly overlaps: boolean;
  readonly partition: string | undefined;
}

/**
 * A record with an id is identified by the id and its time. Equal records without an id are told apart by their ordinal
 * in a read that starts at a bound, because such a read shows all of them. In a read that continues midway an equal
 * record is another record, and so is one of another partition.
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
