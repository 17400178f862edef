import type { RestSpec } from '../../../shared/contract/rest';
import type { Feed, Published } from './feed';

/** A place in a feed, as numbers, so that a token contains it and stays valid after a restart. */
export type Place = readonly number[];

/** Records from one place, and the place after them. */
export interface Slice {
  readonly records: readonly Published[];
  readonly next: Place;
  /** True if more records exist already. */
  readonly more: boolean;
  /** The number of all records of the read. */
  readonly total: number;
}

/** How the feed of a vendor is read. */
export interface Reading {
  /** Both bounds are inclusive. */
  begin(sinceMs: number, untilMs?: number): Place;
  from(place: Place): Slice;
  /** The place behind a record, in a read that begins at a place; `undefined` if it is not there. */
  behind(begin: Place, isIt: (record: Published) => boolean): Place | undefined;
}

/**
 * A vendor whose cursor is kept reads in the order of publication, `since` being the time of publication, so
 * that a late event is met; one that is asked by time, or for a range, filters and sorts by the event's own time, as its window is declared.
 * `size` undefined: the pages of the fixtures.
 */
export function readingOf(
  feed: Feed,
  { resume, window }: Pick<RestSpec, 'resume' | 'window'>,
  size: number | undefined,
): Reading {
  const [ordered, sorted] = [byPublication(feed, size), byTime(feed, size, window?.order === 'newest-first')];
  if (resume === 'time') return sorted;
  return {
    begin: (sinceMs, untilMs = Number.POSITIVE_INFINITY) =>
      (Number.isFinite(untilMs) ? sorted : ordered).begin(sinceMs, untilMs),
    from: (place) => (isBounded(place) ? sorted : ordered).from(place),
    behind: (begin, isIt) => (isBounded(begin) ? sorted : ordered).behind(begin, isIt),
  };
}

/** True for a place in a read by the event's own time. */
export function isBounded(place: Place): boolean {
  return place.length === 4;
}

/** A place is the publication time of the last record read, and how many records of exactly that time were read. */
function byPublication(feed: Feed, size: number | undefined): Reading {
  return {
    begin: (sinceMs) => [sinceMs, 0],
    behind(_, isIt) {
      const all = feed();
      const end = all.findIndex(isIt) + 1;
      const atMs = all[end - 1]?.atMs;
      return atMs === undefined ? undefined : [atMs, end - all.findIndex((each) => each.atMs === atMs)];
    },
    from(place) {
      const [atMs = 0, read = 0] = place;
      const all = feed();
      let first = all.findIndex((each) => each.atMs >= atMs);
      for (let left = read; left > 0 && all[first]?.atMs === atMs; left--) first++;
      const records = first < 0 ? [] : cut(all.slice(first), size);
      const last = records.at(-1);
      if (last === undefined) return { records, next: place, more: false, total: 0 };
      const end = all.indexOf(last) + 1;
      const sameTime = end - all.findIndex((each) => each.atMs === last.atMs);
      return { records, next: [last.atMs, sameTime], more: end < all.length, total: all.length };
    },
  };
}

/** A place is the range, how many records were published when the read started, and how many were read. */
function byTime(feed: Feed, size: number | undefined, newestFirst: boolean): Reading {
  const inRange = ([sinceMs = 0, untilMs = 0, upTo = 0]: Place): Published[] =>
    feed()
      .slice(0, upTo)
      .filter(({ timeMs }) => timeMs >= sinceMs && timeMs <= untilMs)
      .sort((a, b) => (newestFirst ? b.timeMs - a.timeMs : a.timeMs - b.timeMs));
  return {
    behind(begin, isIt) {
      const at = inRange(begin).findIndex(isIt);
      return at < 0 ? undefined : [...begin.slice(0, 3), at + 1];
    },
    begin: (sinceMs, untilMs = Number.POSITIVE_INFINITY) => [sinceMs, untilMs, feed().length, 0],
    from([sinceMs = 0, untilMs = 0, upTo = 0, read = 0]) {
      const found = inRange([sinceMs, untilMs, upTo]);
      const records = cut(found.slice(read), size);
      const end = read + records.length;
      return { records, next: [sinceMs, untilMs, upTo, end], more: end < found.length, total: found.length };
    },
  };
}

/** The records of the first page. @param size `undefined`: as many as the first one's file of fixtures has */
export function cut(records: readonly Published[], size: number | undefined): readonly Published[] {
  if (size !== undefined) return records.slice(0, size);
  const end = records.findIndex(({ page }) => page !== records[0]?.page);
  return end < 0 ? records : records.slice(0, end);
}
