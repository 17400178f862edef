import type { PullContext } from '../../contract/connector';
import { ContractError, SettingError } from '../../contract/errors';
import type { Json } from '../../contract/json';
import type { RestSpec } from '../../contract/rest';
import type { ReadPosition } from './read-position';
import type { RestReader } from './page-reader';
import { readEnd, takeRecords, type TakenRecords } from './take-records';
import { compareIso } from '../../values/time';

/** A page with fewer records is never full. */
const FEWEST_RECORDS = 2;

/** How much earlier the range begins that must show more than the page, unless the page was cut. */
const EARLIER_MS = 7 * 24 * 3_600_000;

/** A page that may be the last one of its read. */
export type EndPage = TakenRecords & {
  /** The number of its records, including those that do not belong to the read. */
  readonly count: number;
  readonly isLast: boolean;
  /** Why the read cannot continue behind it, judged by the page alone. */
  readonly problem?: Error | undefined;
  /** The next page that the vendor names. */
  readonly token?: string | undefined;
};

/** `more`: the vendor showed records that the page left out · `cut`: nothing shows that the page is complete. */
type Finding = 'more' | 'cut' | undefined;

/** `isFull`: it has as many records as the source requests at once. */
type SearchedPage = EndPage & { readonly isFull: boolean };

type Search = (
  reader: RestReader,
  context: PullContext,
  at: ReadPosition,
  page: SearchedPage,
) => Promise<Finding>;

/** The fault at the end of a read; empty if there is none. */
export interface ReadEndFault {
  readonly problem?: Error | undefined;
  /** True if nothing shows whether the vendor has more. */
  readonly mayBeCut?: true;
}

/**
 * Verifies that the last page of a read is complete: the vendor may name the next page elsewhere than declared, or cut its
 * answers. Until the source has met a next page, a read of one page is requested once more: the range behind the page, and the
 * range before it if that may have been cut. Later only a full last page is verified. With paging by time, a full first page is
 * verified too, because a vendor that shows only the latest records shows nothing behind it. A page with a problem is not
 * verified.
 */
export async function verifyLastPage(
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
  // A vendor without paging has never named a next page. It is asked again only if it may have cut its answer.
  const isTrusted = isMet || spec.next.kind === 'none';
  if (isTrusted && !isFull) return {};
  const search = searchFor(isMet, at);
  const found = await search(reader, context, at, { ...page, isFull });
  if (found === undefined) return {};
  return found === 'cut' && !isFull ? { mayBeCut: true } : { problem: wrongEnd(spec, found, page.count) };
}

function searchFor(isMet: boolean, { until }: ReadPosition): Search {
  if (isMet) return searchFullEnd;
  return until === undefined ? searchFeed : searchWindow;
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

/** In a feed without an end: a next page with as many records. Fewer may have arrived in the meantime. */
const searchFeed: Search = async ({ ask }, context, at, { count, isLast, leftLast, token }) => {
  // A feed continues from its position: each of its runs has a first page.
  if (!isLast || leftLast || token === undefined || token === at.token) return undefined;
  const { answer } = await ask(context, { ...at, token });
  return answer.records.length >= count ? 'more' : undefined;
};

/** In a window whose source has met a next page before: the records behind a full last page. */
const searchFullEnd: Search = async (reader, context, at, page) => {
  const { spec } = reader;
  if (at.until === undefined || !page.isLast || page.leftLast) return undefined;
  const isNewestFirst = spec.window?.order === 'newest-first';
  if (isNewestFirst && spec.until === undefined) return undefined;
  const left = isNewestFirst ? before(at, page) : behind(at, page);
  return (await isShown(reader, context, left)) ? 'more' : undefined;
};

/**
 * In a window: the records behind the newest of its page, or before its oldest. If the oldest comes first, a full page that
 * others follow is the beginning of the range.
 */
const searchWindow: Search = async (reader, context, at, page) => {
  const { spec } = reader;
  const mayEnd = page.isLast || spec.next.kind === 'time';
  if (!mayEnd || page.token !== undefined) return undefined;
  if (spec.window?.order === 'newest-first') return searchBefore(reader, context, at, page);
  if (page.leftLast && !page.isFull) return undefined;
  // With paging by time, as many records again have a single time, at which the next page is requested.
  const again = page.isLast ? Infinity : page.count;
  if (await isShown(reader, context, behind(at, page), again))
    return page.isLast && !page.leftLast ? 'more' : undefined;
  return page.isFull ? searchBefore(reader, context, at, page) : undefined;
};

const searchBefore: Search = async (reader, context, at, page) => {
  if (reader.spec.until === undefined) return searchEarlier(reader, context, at, page);
  return (await isShown(reader, context, before(at, page))) ? 'more' : undefined;
};

/** A range that begins much earlier shows more than the page, unless the vendor cuts its answers or refuses the range. */
const searchEarlier: Search = async ({ ask, spec }, context, at, { count, times }) => {
  const oldest = edgesOf(times)?.oldest;
  if (oldest === undefined || compareIso(oldest, at.since) <= 0) return undefined;
  const read = { ...at, since: new Date(Date.parse(at.since) - EARLIER_MS).toISOString() };
  try {
    const { answer, now } = await ask(context, read);
    const { times: shown } = await takeRecords(answer.records, readEnd(spec, context, read, now));
    return answer.records.length > count || shown.some((time) => isBefore(time, oldest)) ? undefined : 'cut';
  } catch (error) {
    if (error instanceof ContractError || error instanceof SettingError) return 'cut';
    throw error;
  }
};

/** The rest of a read, beside a page. */
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
  { ask, spec }: RestReader,
  context: PullContext,
  left: LeftOver | undefined,
  atLeast = Infinity,
): Promise<boolean> {
  if (left === undefined) return false;
  const { answer, now } = await ask(context, left.read);
  const { times } = await takeRecords(answer.records, readEnd(spec, context, left.read, now));
  return answer.records.length >= atLeast || times.some((time) => time !== undefined && left.holds(time));
}

/** The oldest and the newest time of a page; `undefined` if no record has a time. */
function edgesOf(times: EndPage['times']): { readonly oldest: string; readonly newest: string } | undefined {
  let oldest: string | undefined;
  let newest: string | undefined;
  // In one pass: a page may have hundreds of thousands of records.
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

/** True if the page has as many records as the source requests at once. */
function isAskedFor({ body = {}, query = {}, stop }: RestSpec, count: number): boolean {
  const holds = (value: Json): boolean =>
    typeof value === 'object' && value !== null
      ? Object.values(value).some(holds)
      : String(value) === String(count);
  return (stop.on === 'short-page' && stop.full === count) || [query, body].some(holds);
}
