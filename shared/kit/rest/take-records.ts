import type { Json } from '../../contract/json';
import { runCooperatively, pauseMeter } from '../../values/cooperative';
import { compilePath } from '../../values/json-path';
import { compareIso, toIso } from '../../values/time';

/** The records of a page that belong to a read. */
export interface TakenRecords {
  readonly records: readonly Json[];
  /** The newest time among them; absent where none says one. */
  readonly newest: string | undefined;
  /** True when some were left, because they are newer than the end of the read. */
  readonly leftSome: boolean;
  /** True when the last one was left: oldest first, nothing that belongs to the read follows. */
  readonly leftLast: boolean;
  /** The time of every record of the page, those that were left too; `undefined` of one that says none. */
  readonly times: readonly (string | undefined)[];
}

/** A clock may be so far ahead of another. A later event has a wrong time, and no window waits for it. */
const MAX_AHEAD_MS = 15 * 60_000;

/** The end of a read, what time it is, and where a record says its own. */
export interface ReadEnd {
  readonly time: string;
  readonly until: string | undefined;
  readonly now: Date;
}

/**
 * Chooses records: those that are not newer than the end of the read, those that say no time, and those of a time so far
 * ahead that no read will come to it. Everything else goes on meanwhile: a page may have millions.
 */
export function takeRecords(records: readonly Json[], end: ReadEnd): Promise<TakenRecords> {
  return runCooperatively(taking(records, end));
}

function* taking(
  all: readonly Json[],
  { time, until, now }: ReadEnd,
): Generator<undefined, TakenRecords, undefined> {
  const timeAt = compilePath(time);
  const isPauseDue = pauseMeter();
  const tooFar = new Date(now.getTime() + MAX_AHEAD_MS).toISOString();
  const isLeft = (at: string): boolean =>
    until !== undefined && compareIso(at, until) > 0 && compareIso(at, tooFar) <= 0;
  const times: (string | undefined)[] = [];
  const records: Json[] = [];
  let newest: string | undefined;
  for (const record of all) {
    if (isPauseDue(0)) yield;
    const at = toIso(timeAt(record));
    times.push(at);
    if (at !== undefined && isLeft(at)) continue;
    if (at !== undefined && (newest === undefined || compareIso(at, newest) > 0)) newest = at;
    records.push(record);
  }
  const leftSome = records.length < all.length;
  return { records, newest, leftSome, leftLast: leftSome && records.at(-1) !== all.at(-1), times };
}
