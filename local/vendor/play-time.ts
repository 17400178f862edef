import { ContractError } from '../../shared/contract/errors';
import type { Published } from './feed/feed';

/** How long after their newest event fixtures are played: less than two days, so that no row is late. */
const AFTER_MS = 3_600_000;
/** How far a fixture may be ahead of today, for a new record on a machine whose clock is slow. */
const MAX_AHEAD_MS = 7 * 24 * 3_600_000;
/** More than a day, so that a window of whole days does not end exactly at the oldest event. */
const BEFORE_MS = 25 * 3_600_000;

/** The moment at which a source's fixtures are played, and where its read begins: the fixtures alone decide both. */
export interface PlayTime {
  readonly startFrom: Date;
  readonly now: Date;
}

/**
 * Begins 25 hours before the oldest event, and is an hour behind the newest.
 * @param time where a record says its time
 * @param today more than a week after it nothing can have happened
 * @throws ContractError where there are no fixtures, none of them says a time, or one is dated in the future
 */
export function playTime(
  id: string,
  fixtures: readonly Published[],
  time: string,
  today: Date = new Date(),
): PlayTime {
  const source = id.split('/')[1] ?? '';
  if (fixtures.length === 0) {
    throw new ContractError(
      `playing the fixtures of ${id}: there are none. Save answers of the vendor as fixtures/${source}/page-1.json, or with the end of their format, such as page-1.csv.`,
    );
  }
  const times = fixtures.map(({ timeMs }) => timeMs).filter((ms) => ms > 0);
  if (times.length === 0) {
    throw new ContractError(
      `playing the fixtures of ${id}: no record has a time at ${time}. Correct the time path of the table.`,
    );
  }
  const ahead = fixtures.find(({ timeMs }) => timeMs > today.getTime() + MAX_AHEAD_MS);
  if (ahead !== undefined) {
    const when = new Date(ahead.timeMs).toISOString();
    throw new ContractError(
      `playing the fixtures of ${id}: a record in file ${ahead.page + 1} of fixtures/${source} has a time in the future, ` +
        `${when} at ${time}. Use a past time; if it is a number, check its unit.`,
    );
  }
  return {
    startFrom: new Date(Math.min(...times) - BEFORE_MS),
    now: new Date(Math.max(...times) + AFTER_MS),
  };
}
