import { ContractError } from '../contract/errors';
import { compareIso } from './time';

/** The order of times. */
export type TimeOrder = 'oldest-first' | 'newest-first' | 'mixed';

/** How often a time is newer, and how often older, than the one before it. */
export interface TimeSteps {
  readonly rises: number;
  readonly falls: number;
}

/** The fewest steps in one direction for which a single opposite step counts as one record out of place. */
const ONE_AGAINST = 3;
/** Fewer falls may be one record out of place. */
const FEWEST_FALLS = 2;

/** Counts the steps between times; ISO 8601, UTC. Skips unknown times. Equal times make no step. */
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

/** The order of steps. Ignores a single record out of place. `undefined` without steps. */
export function orderOf({ rises, falls }: TimeSteps): TimeOrder | undefined {
  if (rises === 0 && falls === 0) return undefined;
  const isMost = (most: number, few: number): boolean => few === 0 || (few === 1 && most >= ONE_AGAINST);
  if (isMost(rises, falls)) return 'oldest-first';
  return isMost(falls, rises) ? 'newest-first' : 'mixed';
}

/** The order of one page in a read that should be oldest first. */
export interface FollowedPage {
  /** The order of its own times. `undefined` if they show none. */
  readonly order: TimeOrder | undefined;
  /** True when a record of the page is older than the one before it. */
  readonly hasFall: boolean;
  /** True when the page's own times are in neither order. */
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

/** The last known time. */
export function lastOf(times: readonly (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).at(-1);
}

function isFalling(steps: TimeSteps): boolean {
  return steps.falls >= FEWEST_FALLS && orderOf(steps) === 'newest-first';
}

/** The advice for a vendor that returns the newest records first although the source does not declare it. */
export const NEWEST_FIRST = 'Declare `window.order: newest-first` where the vendor’s documentation says so.';

/** The error for times that fall throughout a read that should be oldest first. */
export function fallingTimes(doing: string, advice: string): ContractError {
  return new ContractError(
    `${doing}: its records are declared to come oldest first, but their times decrease. They were delivered, and the range stays open. ${advice}`,
  );
}
