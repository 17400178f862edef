import type { PullContext } from '../contract/connector';
import { ContractError } from '../contract/errors';
import type { Lead } from './rest-next';
import type { ReadPosition } from './rest-position';
import type { RestReader } from './rest-reader';
import type { TakenRecords } from './rest-time';
import { compareIso } from './time';

/** A page with fewer records is not full. */
const FEWEST_RECORDS = 2;

/**
 * Makes sure that the only page of a read is all of it, as long as the vendor has never named a next page of this source:
 * it may name it elsewhere than the source declares. The vendor is asked once more, for what lies behind the page; what it
 * then shows, and the page did not, was on a next page.
 * @returns what the declaration misses; `undefined` where nothing does, or nobody can know
 */
export async function unfinishedRead(
  reader: RestReader,
  context: PullContext,
  at: ReadPosition,
  page: Lead & TakenRecords,
): Promise<ContractError | undefined> {
  const { spec } = reader;
  if (context.isNextKnown?.() !== false || !isAlone(page, at)) return undefined;
  const isUnfinished = at.until === undefined ? hasFullPageBehind : hasTimeBehind;
  if (!(await isUnfinished(reader, context, at, page))) return undefined;
  const members =
    spec.stop.on === 'no-next' || spec.stop.on === 'empty-page' ? '`next`' : '`next` and `stop`';
  return new ContractError(
    `reading the answer of ${spec.path}: the vendor has more than the page, and has never named a next page where the source declares it. The page was delivered, and the range stays open. Compare ${members} with the vendor’s documentation.`,
  );
}

type IsUnfinished = (
  reader: RestReader,
  context: PullContext,
  at: ReadPosition,
  page: Lead & TakenRecords,
) => Promise<boolean>;

/** Of a window: what the vendor has behind the newest of the page, or before its oldest. */
const hasTimeBehind: IsUnfinished = async ({ spec, ask, take }, context, at, page) => {
  const left = leftBehind(page.times, at, spec.window?.order === 'newest-first');
  if (left === undefined || (left.read.until !== at.until && spec.until === undefined)) return false;
  const { answer, now } = await ask(context, left.read);
  const shown = take(answer.records, { until: left.read.until, now }).times;
  return shown.some((time) => time !== undefined && left.holds(time));
};

/** Of a feed without an end: a next page of as many records. Fewer may have come meanwhile. */
const hasFullPageBehind: IsUnfinished = async ({ ask }, context, at, { records, token }) => {
  if (token === undefined || token === at.token) return false;
  const { answer } = await ask(context, { ...at, token });
  return answer.records.length >= records.length;
};

/** True for the first page of a read that seems to be all of it, and may not be. */
function isAlone(
  { isLast, leftLast, records, token }: Lead & TakenRecords,
  { token: begun, until }: ReadPosition,
): boolean {
  if (!isLast || leftLast || records.length < FEWEST_RECORDS) return false;
  // A feed goes on from where it was: each of its runs has a first page.
  return until === undefined || (begun === undefined && token === undefined);
}

/** What of a read follows a page. */
interface LeftBehind {
  readonly read: ReadPosition;
  readonly holds: (time: string) => boolean;
}

/** What would follow a page that is not all of its read; `undefined` where nothing can. */
function leftBehind(
  times: TakenRecords['times'],
  { since, until }: ReadPosition,
  isNewestFirst: boolean,
): LeftBehind | undefined {
  const known = times.filter((time) => time !== undefined).sort(compareIso);
  const [oldest, newest] = [known[0], known.at(-1)];
  if (oldest === undefined || newest === undefined || until === undefined) return undefined;
  if (isNewestFirst) {
    const holds = (time: string): boolean => compareIso(time, since) >= 0 && compareIso(time, oldest) < 0;
    return compareIso(oldest, since) > 0 ? { read: { since, until: oldest }, holds } : undefined;
  }
  const holds = (time: string): boolean => compareIso(time, newest) > 0 && compareIso(time, until) <= 0;
  return compareIso(newest, until) < 0 ? { read: { since: newest, until }, holds } : undefined;
}
