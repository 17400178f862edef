import { createHash } from 'node:crypto';
import type { Boundary } from '../contract/checkpoint';
import { largeMap } from '../values/large-map';
import { compareIso } from '../values/time';

/**
 * How many ids are remembered at the newest event time: past it an equal time is sent twice rather than
 * dropped. 1,000 ids of at most 40 bytes keep a checkpoint under its 64 KB.
 */
export const MAX_BOUNDARY_IDS = 1_000;
/** What is remembered as it is: a byte a character, in JSON too. Anything else is remembered by its hash. */
const SHORT_ID = /^[ !#-[\]-~]{1,40}$/;

/** Names the records of a run, one after another, and knows those that were delivered before. */
export type RecordWalk = Pick<BoundaryWalk, 'known' | 'hashed'>;

/** Remembers what was delivered at the newest event time, while a run walks through its records in order. */
export interface BoundaryWalk {
  /**
   * Begins a page. `rereads`: it starts again at the newest event time, inclusive. A record whose time is after
   * `readAt` (ISO 8601, UTC) moves nothing: a wrong clock must not make the next read skip what happens until then.
   */
  page(rereads: boolean, readAt: string): void;
  /**
   * Names a record whose vendor gives an id. `duplicate` when that id was delivered at that very time.
   * Exact: an id at any other time is new.
   */
  known(time: string | undefined, id: string): { readonly id: string; readonly duplicate: boolean };
  /**
   * Names a record that has no id, by its hash and, among equal records at one position, its ordinal.
   * `duplicate` only while a read shows again what was delivered.
   */
  hashed(time: string | undefined, hash: string): { readonly id: string; readonly duplicate: boolean };
  /** True when this very id is remembered at this very time. */
  has(time: string | undefined, id: string): boolean;
  /** The memory after the records walked so far; `undefined` while none had a time. */
  boundary(): Boundary | undefined;
}

/** Starts from the saved memory, of at most `maxIds`. Pure: nothing is kept but in the walk itself. */
export function walkBoundary(saved: Boundary | undefined, maxIds = MAX_BOUNDARY_IDS): BoundaryWalk {
  let time = saved?.time;
  let ids = new Set(saved?.ids ?? []);
  let full = ids.size >= maxIds;
  /** How many records of each hash were met on this page, and during a re-read since it began. */
  let met = largeMap<number>();
  let rereading = false;
  let latest = '';

  /** Moves the memory on to a newer time; true when the record stands at the newest one. */
  const reach = (at: string | undefined): boolean => {
    if (at === undefined || compareIso(at, latest) > 0) return false;
    const order = time === undefined ? 1 : compareIso(at, time);
    if (order > 0) {
      time = at;
      ids = new Set();
      full = false;
      rereading = false;
    }
    return order >= 0;
  };
  const remember = (id: string): void => {
    if (!full) ids.add(id);
    full = ids.size >= maxIds;
  };

  return {
    page(rereads, readAt) {
      latest = readAt;
      if (rereads) rereading = true;
      if (rereads || !rereading) met = largeMap();
    },
    known(at, id) {
      const key = shorten(id);
      const newest = reach(at);
      const duplicate = newest && ids.has(key);
      if (newest && !duplicate) remember(key);
      return { id, duplicate };
    },
    hashed(at, hash) {
      const newest = reach(at);
      let ordinal = met.get(hash) ?? 0;
      let id = nameOf(hash, ordinal);
      // Outside a re-read, what is remembered is another record.
      while (newest && !rereading && ids.has(shorten(id))) id = nameOf(hash, ++ordinal);
      met.set(hash, ordinal + 1);
      const duplicate = newest && rereading && ids.has(shorten(id));
      if (newest && !duplicate) remember(shorten(id));
      return { id, duplicate };
    },
    has: (at, id) => at !== undefined && at === time && ids.has(shorten(id)),
    boundary() {
      return time === undefined ? undefined : { time, ids: [...ids] };
    },
  };
}

/** The name of a record that has no id: its hash, and its ordinal among equal ones. */
export function nameOf(hash: string, ordinal: number): string {
  return ordinal === 0 ? hash : `${hash}-${ordinal}`;
}

function shorten(id: string): string {
  return SHORT_ID.test(id) ? id : createHash('sha256').update(id).digest('base64url').slice(0, 22);
}
