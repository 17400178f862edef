import { ContractError } from '../contract/errors';
import { compareIso } from './time';

/** How times follow one another; `mixed` where neither is true. */
export type TimeOrder = 'oldest-first' | 'newest-first' | 'mixed';

/** How often a time is newer than the one before it, and how often older. */
export interface TimeSteps {
  readonly rises: number;
  readonly falls: number;
}

/** With fewer steps of one kind, a step of the other is not one record out of place. */
const ONE_AGAINST = 3;
/** Fewer may be one record out of place. */
const FEWEST_FALLS = 2;

/** Counts the steps of some times, ISO 8601 in UTC; one that is unknown is passed over, and equal ones are no step. */
export function stepsOf(times: readonly (string | undefined)[]): TimeSteps {
  let [rises, falls] = [0, 0];
  let before: string | undefined;
  for (const time of times) {
    if (time === undefined) continue;
    const step = before === undefined ? 0 : compareIso(time, before);
    if (step > 0) rises++;
    if (step < 0) falls++;
    before = time;
  }
  return { rises, falls };
}

/** The order that steps show; a single record out of place changes nothing. `undefined` where there is no step. */
export function orderOf({ rises, falls }: TimeSteps): TimeOrder | undefined {
  if (rises === 0 && falls === 0) return undefined;
  const isMost = (most: number, few: number): boolean => few === 0 || (few === 1 && most >= ONE_AGAINST);
  if (isMost(rises, falls)) return 'oldest-first';
  return isMost(falls, rises) ? 'newest-first' : 'mixed';
}

/** What a page adds to a read that should give the oldest record first. */
export interface FollowedPage {
  /** The order that its own times show; `undefined` where they show none. */
  readonly order: TimeOrder | undefined;
  /** True when a record of the page is older than the one before it. */
  readonly hasFall: boolean;
  /** True when the page's own times are in no order at all. */
  readonly isMixed: boolean;
  /** True when times fall throughout the page, or throughout the read so far. */
  readonly isFalling: boolean;
}

/** Follows the times of a read, page after page. */
export function followTimes(): (times: readonly (string | undefined)[]) => FollowedPage {
  let read: TimeSteps = { rises: 0, falls: 0 };
  let last: string | undefined;
  return (times) => {
    const page = stepsOf(times);
    const joined = stepsOf([last, ...times]);
    read = { rises: read.rises + joined.rises, falls: read.falls + joined.falls };
    last = lastOf(times) ?? last;
    const order = orderOf(page);
    const isMixed = order === 'mixed' && page.falls >= FEWEST_FALLS;
    return { order, hasFall: page.falls > 0, isMixed, isFalling: [page, read].some(isFalling) };
  };
}

/** The last time that is known. */
export function lastOf(times: readonly (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).at(-1);
}

function isFalling(steps: TimeSteps): boolean {
  return steps.falls >= FEWEST_FALLS && orderOf(steps) === 'newest-first';
}

/** What to do where a vendor gives the newest first, and a source says nothing of it. */
export const NEWEST_FIRST = 'Declare `window.order: newest-first` where the vendor’s documentation says so.';

/** What times that fall throughout mean, where the oldest record should come first. */
export function fallingTimes(doing: string, advice: string): ContractError {
  return new ContractError(
    `${doing}: its records are declared to come oldest first, and their times fall. They were delivered, and the range stays open. ${advice}`,
  );
}
