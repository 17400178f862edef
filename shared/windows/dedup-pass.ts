import { hash as digest } from 'node:crypto';
import { largeMap } from '../values/large-map';
import { nameOf, type BoundaryWalk, type RecordWalk } from './watermark';

/** What was delivered and may be shown again; exact. */
export interface Seen {
  has(time: string | undefined, id: string): boolean;
  add(time: string | undefined, id: string): void;
}

/** Names the records of windows, which may be read in any order and again. */
export interface WindowWalk extends RecordWalk {
  /**
   * Begins a page. `first`: a read begins or goes on with it. `rereads`: it begins at a bound, and shows again
   * whatever was delivered from there on; a read that goes on between two pages does not. `partition`: whose it is.
   */
  page(page: WalkedPage, readAt: string): void;
}

/** Which page of which read follows. */
export interface WalkedPage {
  readonly first: boolean;
  readonly rereads: boolean;
  readonly partition: string | undefined;
}

/**
 * Records with an id are known by it and their time. Equal records without one are told apart by their ordinal in a
 * read, which shows all of them in one go; where a read goes on in the middle, an equal one is another record, and so is
 * one of another partition.
 */
export function walkWindows(seen: Seen, boundary: BoundaryWalk): WindowWalk {
  let met = largeMap<number>();
  let rereading = true;
  let of: string | undefined;
  const has = (time: string | undefined, id: string): boolean => seen.has(time, id) || boundary.has(time, id);
  const add = (time: string | undefined, id: string): void => {
    seen.add(time, id);
    boundary.known(time, id);
  };
  return {
    page({ first, partition, rereads }, readAt) {
      boundary.page(false, readAt);
      of = partition;
      if (!first && !rereads) return;
      met = largeMap();
      rereading = rereads;
    },
    known(time, id) {
      const duplicate = has(time, id);
      if (!duplicate) add(time, id);
      return { id, duplicate };
    },
    hashed(time, recordHash) {
      const hash = of === undefined ? recordHash : digest('sha256', `${of}\n${recordHash}`);
      let ordinal = met.get(hash) ?? 0;
      while (!rereading && has(time, nameOf(hash, ordinal))) ordinal++;
      met.set(hash, ordinal + 1);
      const id = nameOf(hash, ordinal);
      const duplicate = has(time, id);
      if (!duplicate) add(time, id);
      return { id, duplicate };
    },
  };
}
