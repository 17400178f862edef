import type { PullContext } from '../contract/connector';
import { ContractError, SettingError } from '../contract/errors';
import type { Json } from '../contract/json';
import type { RestSpec } from '../contract/rest';
import type { ReadPosition } from './rest-position';
import type { RestReader } from './rest-reader';
import type { TakenRecords } from './rest-time';
import { compareIso } from './time';

/** A page with fewer records is not full. */
const FEWEST_RECORDS = 2;

/** Vendors cut their answers at these numbers, and at multiples of the last, whatever is asked for. */
const USUAL_SIZES = [10, 20, 25, 50] as const;

/** How much earlier a range begins that must show more than a page, unless the page was cut. */
const EARLIER_MS = 7 * 24 * 3_600_000;

/** What is known of the first page of a read. */
type FirstPage = TakenRecords & {
  /** How many records it shows, with those that do not belong to the read. */
  readonly count: number;
  readonly isLast: boolean;
  /** Where the vendor says that a next page is. */
  readonly token?: string | undefined;
};

/** Why a page is not all of its range; `undefined` where it is, or where nobody can know. */
type Finding = 'more' | 'cut' | undefined;

type Search = (
  reader: RestReader,
  context: PullContext,
  at: ReadPosition,
  page: FirstPage,
) => Promise<Finding>;

/**
 * Makes sure that the only page of a read is all of it, as long as the vendor has never named a next page of this source:
 * it may name it elsewhere than the source declares, or cut its answers. The vendor is asked once more, for what lies
 * behind the page, and where its records are as many as vendors cut at, for what lies before it. Paged by time, a first
 * page that is full is looked at too: a vendor that shows the latest records alone shows nothing behind it.
 * @returns what the declaration misses
 */
export async function unfinishedRead(
  reader: RestReader,
  context: PullContext,
  at: ReadPosition,
  page: FirstPage,
): Promise<ContractError | undefined> {
  const { spec } = reader;
  if (context.isNextKnown?.() !== false || page.count < FEWEST_RECORDS) return undefined;
  const search = at.until === undefined ? searchFeed : searchWindow;
  const found = await search(reader, context, at, page);
  if (found === undefined) return undefined;
  const members =
    spec.stop.on === 'no-next' || spec.stop.on === 'empty-page' ? '`next`' : '`next` and `stop`';
  const because =
    found === 'more'
      ? 'the vendor has more than the page, and has never named a next page where the source declares it. The page was delivered, and the range stays open.'
      : `the vendor seems to cut its answers at ${page.count} records: a range that begins earlier shows no more, and it has never named a next page where the source declares it. The page was delivered, and the range stays open. Where nothing was cut, this ends with the next record.`;
  return new ContractError(
    `reading the answer of ${spec.path}: ${because} Compare ${members} with the vendor’s documentation.`,
  );
}

/** Of a feed without an end: a next page of as many records. Fewer may have come meanwhile. */
const searchFeed: Search = async ({ ask }, context, at, { count, isLast, leftLast, token }) => {
  // A feed goes on from where it was: each of its runs has a first page.
  if (!isLast || leftLast || token === undefined || token === at.token) return undefined;
  const { answer } = await ask(context, { ...at, token });
  return answer.records.length >= count ? 'more' : undefined;
};

/**
 * Of a window: what the vendor has behind the newest of its page, or before its oldest. A full page that others follow is
 * the beginning of what the vendor has, where it gives the oldest first.
 */
const searchWindow: Search = async (reader, context, at, page) => {
  const { spec } = reader;
  const mayEnd = page.isLast || spec.next.kind === 'time';
  if (!mayEnd || at.token !== undefined || page.token !== undefined) return undefined;
  if (spec.window?.order === 'newest-first') return searchBefore(reader, context, at, page);
  const isFull = isAskedFor(spec, page.count);
  if (page.leftLast && !isFull) return undefined;
  if (await isShown(reader, context, behind(at, page)))
    return page.isLast && !page.leftLast ? 'more' : undefined;
  return isFull ? searchBefore(reader, context, at, page) : undefined;
};

const searchBefore: Search = async (reader, context, at, page) => {
  const { spec } = reader;
  if (spec.until !== undefined)
    return (await isShown(reader, context, before(at, page))) ? 'more' : undefined;
  const mayBeCut = isUsual(page.count) || isAskedFor(spec, page.count);
  return mayBeCut ? searchEarlier(reader, context, at, page) : undefined;
};

/** A range that begins much earlier shows more than the page, unless the vendor cuts its answers, or refuses it. */
const searchEarlier: Search = async ({ ask, take }, context, at, { count, times }) => {
  const oldest = edgesOf(times)?.oldest;
  if (oldest === undefined || compareIso(oldest, at.since) <= 0) return undefined;
  const since = new Date(Date.parse(at.since) - EARLIER_MS).toISOString();
  try {
    const { answer, now } = await ask(context, { ...at, since });
    const shown = take(answer.records, { until: at.until, now }).times;
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

function behind({ until }: ReadPosition, { leftLast, times }: FirstPage): LeftOver | undefined {
  const newest = edgesOf(times)?.newest;
  if (newest === undefined || until === undefined) return undefined;
  if (!leftLast && compareIso(newest, until) >= 0) return undefined;
  const holds = (time: string): boolean =>
    compareIso(time, newest) > 0 && (leftLast || compareIso(time, until) <= 0);
  return { read: { since: newest, until }, holds };
}

function before({ since }: ReadPosition, { times }: FirstPage): LeftOver | undefined {
  const oldest = edgesOf(times)?.oldest;
  if (oldest === undefined || compareIso(oldest, since) <= 0) return undefined;
  const holds = (time: string): boolean => compareIso(time, since) >= 0 && compareIso(time, oldest) < 0;
  return { read: { since, until: oldest }, holds };
}

async function isShown(
  { ask, take }: RestReader,
  context: PullContext,
  left: LeftOver | undefined,
): Promise<boolean> {
  if (left === undefined) return false;
  const { answer, now } = await ask(context, left.read);
  const { times } = take(answer.records, { until: left.read.until, now });
  return times.some((time) => time !== undefined && left.holds(time));
}

/** The oldest and the newest time of a page; `undefined` where no record says one. */
function edgesOf(
  times: FirstPage['times'],
): { readonly oldest: string; readonly newest: string } | undefined {
  const known = times.filter((time) => time !== undefined).sort(compareIso);
  const [oldest, newest] = [known[0], known.at(-1)];
  return oldest === undefined || newest === undefined ? undefined : { oldest, newest };
}

function isBefore(time: string | undefined, other: string): boolean {
  return time !== undefined && compareIso(time, other) < 0;
}

/** True for as many records as vendors cut their answers at. */
function isUsual(count: number): boolean {
  return USUAL_SIZES.some((size) => size === count) || count % USUAL_SIZES[3] === 0;
}

/** True for as many records as the source asks for at once. */
function isAskedFor({ body = {}, query = {}, stop }: RestSpec, count: number): boolean {
  const holds = (value: Json): boolean =>
    typeof value === 'object' && value !== null
      ? Object.values(value).some(holds)
      : String(value) === String(count);
  return (stop.on === 'short-page' && stop.full === count) || [query, body].some(holds);
}
