import { ContractError } from '../../shared/contract/errors';
import type { Published } from './feed/feed';

/** How long after the newest event fixtures are played: less than two days, so that no row is late. */
const AFTER_MS = 3_600_000;
/** How far in the future a fixture may lie, for a new record on a machine whose clock is slow. */
const MAX_AHEAD_MS = 7 * 24 * 3_600_000;
/** More than a day, so that a window of whole days does not end exactly at the oldest event. */
const BEFORE_MS = 25 * 3_600_000;

/** When a source's fixtures are played, and where its read begins. Both depend on the fixtures alone. */
export interface PlayTime {
  readonly startFrom: Date;
  readonly now: Date;
}

/**
 * Begins 25 hours before the oldest event, and plays an hour after the newest.
 * @param time the path of a record's time
 * @param today the upper bound of event times, plus a week
 * @throws ContractError if there are no fixtures, none has a time, or one lies in the future
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
