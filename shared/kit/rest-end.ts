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
 * Makes sure that the only page of a window is all of it, as long as the vendor has never named a next page of this
 * source: it may name it elsewhere than the source declares. The vendor is asked once more, for what lies behind the
 * page; what it then shows, and the page did not, was on a next page.
 * @returns what the declaration misses; `undefined` where nothing does, or nobody can know
 */
export async function unfinishedRead(
  { spec, ask, take }: RestReader,
  context: PullContext,
  at: ReadPosition,
  page: Lead & TakenRecords,
): Promise<ContractError | undefined> {
  if (context.isNextKnown?.() !== false || !isAlone(page, at) || spec.stop.on === 'short-page')
    return undefined;
  const left = leftBehind(page.times, at, spec.window?.order === 'newest-first');
  if (left === undefined || (left.read.until !== at.until && spec.until === undefined)) return undefined;
  const { answer, now } = await ask(context, left.read);
  const shown = take(answer.records, { until: left.read.until, now }).times;
  if (!shown.some((time) => time !== undefined && left.holds(time))) return undefined;
  const members = spec.stop.on === 'unless' ? '`next` and `stop`' : '`next`';
  return new ContractError(
    `reading the answer of ${spec.path}: the vendor has more than the page, and has never named a next page where the source declares it. The page was delivered, and the range stays open. Compare ${members} with the vendor’s documentation.`,
  );
}

/** True for the first page of a window that seems to be all of it, and may not be. */
function isAlone(
  { isLast, leftLast, records, token }: Lead & TakenRecords,
  { token: begun, until }: ReadPosition,
): boolean {
  const isWhole = isLast && begun === undefined && token === undefined && until !== undefined;
  return isWhole && !leftLast && records.length >= FEWEST_RECORDS;
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
