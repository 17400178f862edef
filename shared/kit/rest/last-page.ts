import type { PullContext } from '../../contract/connector';
import { ContractError, SettingError } from '../../contract/errors';
import type { Json } from '../../contract/json';
import type { RestSpec } from '../../contract/rest';
import type { ReadPosition } from './read-position';
import type { RestReader } from './page-reader';
import { takeRecords, type TakenRecords } from './take-records';
import { compareIso } from '../../values/time';

/** A page with fewer records is not full. */
const FEWEST_RECORDS = 2;

/** How much earlier a range begins that must show more than a page, unless the page was cut. */
const EARLIER_MS = 7 * 24 * 3_600_000;

/** What is known of a page that may be the last one of its read. */
export type EndPage = TakenRecords & {
  /** How many records it shows, with those that do not belong to the read. */
  readonly count: number;
  readonly isLast: boolean;
  /** Why the read cannot go on behind it, as far as the page alone tells. */
  readonly problem?: Error | undefined;
  /** Where the vendor says that a next page is. */
  readonly token?: string | undefined;
};

/** `more`, the vendor has shown what the page left out · `cut`, it shows no sign that the page is whole. */
type Finding = 'more' | 'cut' | undefined;

/** With whether it has as many records as the source asks for at once. */
type SearchedPage = EndPage & { readonly isFull: boolean };

type Search = (
  reader: RestReader,
  context: PullContext,
  at: ReadPosition,
  page: SearchedPage,
) => Promise<Finding>;

/** What is wrong with the end of a read; empty where nothing is. */
export interface ReadEndFault {
  readonly problem?: Error | undefined;
  /** Nobody can tell whether the vendor has more. */
  readonly mayBeCut?: true;
}

/**
 * Makes sure that the last page of a read is the end of it: its vendor may name the next page elsewhere than the source
 * declares, or cut its answers. As long as the source has never met a next page, a read of one page is asked for once
 * more: for what lies behind the page, and for what lies before it where that may have been cut. Later that is so for a
 * last page that is as full as the source asks for. Paged by time, a first page that is full is looked at too: a vendor
 * that shows the latest records alone shows nothing behind it. Of a page that has a problem nothing is asked.
 */
export async function checkEnd(
  reader: RestReader,
  context: PullContext,
  at: ReadPosition,
  page: EndPage,
): Promise<ReadEndFault> {
  if (page.problem !== undefined) return { problem: page.problem };
  const { spec } = reader;
  const isKnown = context.isNextKnown?.();
  if (isKnown === undefined || page.count < FEWEST_RECORDS) return {};
  const isMet = isKnown || (at.until !== undefined && at.token !== undefined);
  const isFull = isAskedFor(spec, page.count);
  if (isMet && !isFull) return {};
  const search = isMet ? searchFullEnd : at.until === undefined ? searchFeed : searchWindow;
  const found = await search(reader, context, at, { ...page, isFull });
  if (found === undefined) return {};
  return found === 'cut' && !isFull ? { mayBeCut: true } : { problem: wrongEnd(spec, found, page.count) };
}

function wrongEnd({ path, stop }: RestSpec, found: 'more' | 'cut', count: number): ContractError {
  const members = stop.on === 'no-next' || stop.on === 'empty-page' ? '`next`' : '`next` and `stop`';
  return found === 'more'
    ? new ContractError(
        `reading the answer of ${path}: the vendor has more than the page, and names no next page where the source declares it. The page was delivered, and the range stays open. Compare ${members} with the vendor’s documentation.`,
      )
    : new ContractError(
        `reading the answer of ${path}: the vendor seems to cut its answers at ${count} records, as many as it is asked for: a range that begins earlier shows no more, and it has never named a next page where the source declares it. The page was delivered, and the range stays open. Compare ${members} with the vendor’s documentation; where nothing was cut, this ends with the next record.`,
      );
}

/** Of a feed without an end: a next page of as many records. Fewer may have come meanwhile. */
const searchFeed: Search = async ({ ask }, context, at, { count, isLast, leftLast, token }) => {
  // A feed goes on from where it was: each of its runs has a first page.
  if (!isLast || leftLast || token === undefined || token === at.token) return undefined;
  const { answer } = await ask(context, { ...at, token });
  return answer.records.length >= count ? 'more' : undefined;
};

/** Of a window whose source has met a next page before: what follows a last page that is full. */
const searchFullEnd: Search = async (reader, context, at, page) => {
  const { spec } = reader;
  if (at.until === undefined || !page.isLast || page.leftLast) return undefined;
  const isNewestFirst = spec.window?.order === 'newest-first';
  if (isNewestFirst && spec.until === undefined) return undefined;
  const left = isNewestFirst ? before(at, page) : behind(at, page);
  return (await isShown(reader, context, left)) ? 'more' : undefined;
};

/**
 * Of a window: what the vendor has behind the newest of its page, or before its oldest. A full page that others follow is
 * the beginning of what the vendor has, where it gives the oldest first.
 */
const searchWindow: Search = async (reader, context, at, page) => {
  const { spec } = reader;
  const mayEnd = page.isLast || spec.next.kind === 'time';
  if (!mayEnd || page.token !== undefined) return undefined;
  if (spec.window?.order === 'newest-first') return searchBefore(reader, context, at, page);
  if (page.leftLast && !page.isFull) return undefined;
  // As many again, paged by time, are of one time: the next page is asked for at it.
  const again = page.isLast ? Infinity : page.count;
  if (await isShown(reader, context, behind(at, page), again))
    return page.isLast && !page.leftLast ? 'more' : undefined;
  return page.isFull ? searchBefore(reader, context, at, page) : undefined;
};

const searchBefore: Search = async (reader, context, at, page) => {
  if (reader.spec.until === undefined) return searchEarlier(reader, context, at, page);
  return (await isShown(reader, context, before(at, page))) ? 'more' : undefined;
};

/** A range that begins much earlier shows more than the page, unless the vendor cuts its answers, or refuses it. */
const searchEarlier: Search = async ({ ask }, context, at, { count, times }) => {
  const oldest = edgesOf(times)?.oldest;
  if (oldest === undefined || compareIso(oldest, at.since) <= 0) return undefined;
  const since = new Date(Date.parse(at.since) - EARLIER_MS).toISOString();
  try {
    const { answer, now } = await ask(context, { ...at, since });
    const { times: shown } = await takeRecords(answer.records, { time: context.time, until: at.until, now });
    return answer.records.length > count || shown.some((time) => isBefore(time, oldest)) ? undefined : 'cut';
  } catch (error) {
    if (error instanceof ContractError || error instanceof SettingError) return 'cut';
    throw error;
  }
};

/** What of a read follows a page that is not all of it. */
interface LeftOver {
  readonly read: ReadPosition;
  readonly holds: (time: string) => boolean;
}

function behind({ until }: ReadPosition, { leftLast, times }: EndPage): LeftOver | undefined {
  const newest = edgesOf(times)?.newest;
  if (newest === undefined || until === undefined) return undefined;
  if (!leftLast && compareIso(newest, until) >= 0) return undefined;
  const holds = (time: string): boolean =>
    compareIso(time, newest) > 0 && (leftLast || compareIso(time, until) <= 0);
  return { read: { since: newest, until }, holds };
}

function before({ since }: ReadPosition, { times }: EndPage): LeftOver | undefined {
  const oldest = edgesOf(times)?.oldest;
  if (oldest === undefined || compareIso(oldest, since) <= 0) return undefined;
  const holds = (time: string): boolean => compareIso(time, since) >= 0 && compareIso(time, oldest) < 0;
  return { read: { since, until: oldest }, holds };
}

async function isShown(
  { ask }: RestReader,
  context: PullContext,
  left: LeftOver | undefined,
  atLeast = Infinity,
): Promise<boolean> {
  if (left === undefined) return false;
  const { answer, now } = await ask(context, left.read);
  const { times } = await takeRecords(answer.records, { time: context.time, until: left.read.until, now });
  return times.length >= atLeast || times.some((time) => time !== undefined && left.holds(time));
}

/** The oldest and the newest time of a page; `undefined` where no record says one. */
function edgesOf(times: EndPage['times']): { readonly oldest: string; readonly newest: string } | undefined {
  let oldest: string | undefined;
  let newest: string | undefined;
  // In one pass: a page may have hundreds of thousands.
  for (const time of times) {
    if (time === undefined) continue;
    if (oldest === undefined || compareIso(time, oldest) < 0) oldest = time;
    if (newest === undefined || compareIso(time, newest) > 0) newest = time;
  }
  return oldest === undefined || newest === undefined ? undefined : { oldest, newest };
}

function isBefore(time: string | undefined, other: string): boolean {
  return time !== undefined && compareIso(time, other) < 0;
}

/** True for as many records as the source asks for at once. */
function isAskedFor({ body = {}, query = {}, stop }: RestSpec, count: number): boolean {
  const holds = (value: Json): boolean =>
    typeof value === 'object' && value !== null
      ? Object.values(value).some(holds)
      : String(value) === String(count);
  return (stop.on === 'short-page' && stop.full === count) || [query, body].some(holds);
}
