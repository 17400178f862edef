import type { PullContext } from '../../contract/connector';
import type { Json } from '../../contract/json';
import type { RestSpec } from '../../contract/rest';
import { runCooperatively, pauseMeter } from '../../values/cooperative';
import { compilePath } from '../../values/json-path';
import { compareIso, toIso } from '../../values/time';
import type { ReadPosition } from './read-position';
import { compileExplode, type Explode } from './records/explode';
import { showsEarlier } from './time-format';

/** The records of a page that belong to a read. */
export interface TakenRecords {
  readonly records: readonly Json[];
  /** The newest time among them; `undefined` if none has a time. */
  readonly newest: string | undefined;
  /** True when records were left out because they are newer than the end of the read. */
  readonly leftSome: boolean;
  /** True when the last record was left out. If the oldest comes first, nothing of the read follows. */
  readonly leftLast: boolean;
  /** The time of every record of the page, also of those left out; `undefined` for one without a time. */
  readonly times: readonly (string | undefined)[];
}

/** The most that one clock may be ahead of another. An event beyond it has a wrong time; no window waits for it. */
const MAX_AHEAD_MS = 15 * 60_000;

/** The end of a read, the current time, and the path of a record's time. */
export interface ReadEnd {
  readonly time: string;
  /** Set if the vendor shows records before the read, which are left out then. */
  readonly from?: string | undefined;
  readonly until: string | undefined;
  readonly now: Date;
  /** Set if a record of the answer is split into several. */
  readonly explode?: Explode | undefined;
}

/** The end of a read, and its beginning if the vendor shows earlier records too. */
export function readEnd(
  spec: RestSpec,
  { time }: Pick<PullContext, 'time'>,
  { since, until }: Pick<ReadPosition, 'since' | 'until'>,
  now: Date,
): ReadEnd {
  const from = until !== undefined && showsEarlier(spec) ? since : undefined;
  return { time, from, until, now, explode: compileExplode(spec.explode) };
}

/**
 * Takes the records that are within the read, those without a time, and those so far in the future that no read will reach
 * them, after they were split if the declaration says so. Yields to the event loop in between: a page may have millions of records.
 */
export async function takeRecords(records: readonly Json[], end: ReadEnd): Promise<TakenRecords> {
  const { explode } = end;
  const all = explode === undefined ? records : await runCooperatively(exploded(records, explode));
  return runCooperatively(taking(all, end));
}

function* taking(
  all: readonly Json[],
  { from, time, until, now }: ReadEnd,
): Generator<undefined, TakenRecords, undefined> {
  const timeAt = compilePath(time);
  const isPauseDue = pauseMeter();
  const tooFar = new Date(now.getTime() + MAX_AHEAD_MS).toISOString();
  const isEarlier = (at: string): boolean => from !== undefined && compareIso(at, from) < 0;
  const isLater = (at: string): boolean =>
    until !== undefined && compareIso(at, until) > 0 && compareIso(at, tooFar) <= 0;
  const times: (string | undefined)[] = [];
  // Only from the first record that is left: to grow a list of millions takes long.
  let some: Json[] | undefined;
  let newest: string | undefined;
  let [leftSome, leftLast] = [false, false];
  for (const record of all) {
    if (isPauseDue(0)) yield;
    const at = toIso(timeAt(record));
    times.push(at);
    leftLast = at !== undefined && isLater(at);
    leftSome ||= leftLast;
    if (leftLast || (at !== undefined && isEarlier(at))) {
      some ??= all.slice(0, times.length - 1);
      continue;
    }
    if (at !== undefined && (newest === undefined || compareIso(at, newest) > 0)) newest = at;
    some?.push(record);
  }
  return { records: some ?? all, newest, leftSome, leftLast, times };
}

function* exploded(listed: readonly Json[], explode: Explode): Generator<undefined, Json[], undefined> {
  const isPauseDue = pauseMeter();
  const all: Json[] = [];
  for (const record of listed) {
    if (isPauseDue(0)) yield;
    for (const one of explode(record)) all.push(one);
  }
  return all;
}
