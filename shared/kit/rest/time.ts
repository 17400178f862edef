import { readHttpDate } from '../../values/http-date';
import type { Json } from '../../contract/json';
import type { RestTime, RestTimeFormat } from '../../contract/rest';
import { inPieces, pacer } from '../../values/in-pieces';
import { compilePath } from '../../values/paths';
import { compareIso, toIso } from '../../values/time';

const CUT: Readonly<Record<RestTimeFormat, (time: string) => string>> = {
  iso: (time) => time,
  'iso-s': (time) => `${time.slice(0, 19)}.000Z`,
  'epoch-s': (time) => `${time.slice(0, 19)}.000Z`,
  'epoch-ms': (time) => new Date(time).toISOString(),
};

const WRITE: Readonly<Record<RestTimeFormat, (time: string) => string | number>> = {
  iso: (time) => time,
  'iso-s': (time) => `${time.slice(0, 19)}Z`,
  'epoch-s': (time) => Math.floor(Date.parse(time) / 1e3),
  'epoch-ms': (time) => Date.parse(time),
};

/** The latest time at or before this one that a format can hold; both ISO 8601 in UTC. */
export function cutTime(time: string, format: RestTimeFormat = 'iso'): string {
  return CUT[format](time);
}

/** The finest step, in milliseconds, that each of these parameters can hold. */
export function stepOf(parameters: readonly (RestTime | undefined)[]): number {
  const isCoarse = parameters.some((one) => one?.format === 'iso-s' || one?.format === 'epoch-s');
  return isCoarse ? 1_000 : 1;
}

/** A time, ISO 8601 in UTC, as its parameter wants it. */
export function writeTime(time: string, { format = 'iso' }: RestTime): string | number {
  return WRITE[format](time);
}

/** How much later than it says an answer may have been made: a date has no fractions. */
const DATE_STEP_MS = 999;

/**
 * The vendor's time, by the date of its answer; ISO 8601, UTC. `undefined` where it says none.
 * @see RFC 9110, section 6.6.1
 */
export function readDate(date: string | undefined, now: Date): string | undefined {
  const ms = readHttpDate(date ?? '', now);
  return ms === undefined ? undefined : new Date(ms + DATE_STEP_MS).toISOString();
}

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
  return inPieces(taking(records, end));
}

function* taking(
  all: readonly Json[],
  { time, until, now }: ReadEnd,
): Generator<undefined, TakenRecords, undefined> {
  const timeAt = compilePath(time);
  const isPauseDue = pacer();
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
