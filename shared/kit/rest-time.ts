import type { Json } from '../contract/json';
import type { RestSpec, RestTime, RestTimeFormat } from '../contract/rest';
import { compilePath } from './paths';
import { compareIso, toIso } from './time';

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

/** A time, ISO 8601 in UTC, as its parameter wants it. */
export function writeTime(time: string, { format = 'iso', template }: RestTime): string | number {
  const written = WRITE[format](time);
  return template === undefined ? written : template.replace('{time}', String(written));
}

/**
 * Where a read of this run ends: a time that both bounds can hold, so that the next read begins just there.
 * `undefined` for a source that reads up to now.
 */
export function endOfRead({ since, until }: RestSpec, startedAt: Date): string | undefined {
  if (until === undefined) return undefined;
  const end = new Date(startedAt.getTime() - until.delayMs).toISOString();
  return cutTime(cutTime(end, since.format), until.send?.format);
}

/** How much later than it says an answer may have been made: a date has no fractions. */
const DATE_STEP_MS = 999;

/**
 * Where a read ends by the vendor's clock, where that is behind ours: what the vendor publishes until our end would
 * otherwise be passed over. Never before `since`.
 * @param date of the answer @see RFC 9110, section 6.6.1
 */
export function endByVendor(
  spec: RestSpec,
  { since, until }: { readonly since: string; readonly until: string | undefined },
  date: string | undefined,
): string | undefined {
  const ms = Date.parse(date ?? '');
  if (until === undefined || Number.isNaN(ms)) return until;
  const end = endOfRead(spec, new Date(ms + DATE_STEP_MS));
  if (end === undefined || compareIso(end, until) >= 0) return until;
  return compareIso(end, since) > 0 ? end : since;
}

/** The records of a page that belong to a read. */
export interface TakenRecords {
  readonly records: readonly Json[];
  /** The newest time among them; absent where none says one. */
  readonly newest: string | undefined;
  /** True when some were left, because they are newer than the end of the read. */
  readonly leftSome: boolean;
}

/** Prepares the choice of records: those that are not newer than `until`, and those that say no time. */
export function compileTake({ time }: RestSpec): (records: readonly Json[], until?: string) => TakenRecords {
  if (time === undefined) return (records) => ({ records, newest: undefined, leftSome: false });
  const timeAt = compilePath(time);
  return (all, until) => {
    const records: Json[] = [];
    let newest: string | undefined;
    for (const record of all) {
      const at = toIso(timeAt(record));
      if (at !== undefined && until !== undefined && compareIso(at, until) > 0) continue;
      if (at !== undefined && (newest === undefined || compareIso(at, newest) > 0)) newest = at;
      records.push(record);
    }
    return { records, newest, leftSome: records.length < all.length };
  };
}
