import type { RunReport } from '../contract/run';

/** How long a source waits before its next run, by the number of runs in a row that made no progress. */
const WAITS_MS: readonly number[] = [5_000, 10_000, 20_000, 40_000, 80_000, 160_000];
/** A longer wait for the rate budget is left to the timers: the trigger messages of all runs would arrive at once. */
const LONG_WAIT_MS = 10 * 60_000;

/**
 * Adds a run that stopped midway without progress to the count of such runs in a row. A run whose only progress is coverage
 * counts too, unless it covered more time than has passed since: the source is as late as before, however often it runs.
 * @param last the report of the previous run
 */
export function countNoProgress(report: RunReport, last: RunReport | undefined): RunReport {
  if (!madeNoProgress(report)) return report;
  const since = last?.withoutProgress === undefined ? last?.startedAt : last.progressAt;
  const passedMs = since === undefined ? 0 : Date.parse(report.startedAt) - Date.parse(since);
  if (coveredMs(report) > Math.max(0, passedMs)) return report;
  const withoutProgress = (last?.withoutProgress ?? 0) + 1;
  return { ...report, withoutProgress, ...(since === undefined ? {} : { progressAt: since }) };
}

/**
 * True for a run that stopped midway, delivered nothing new and finished no window; live windows do not count. Duplicates are
 * no progress, nor is a position that moved: a vendor may lead a reader in circles. False for a run that ended before its
 * first page because its process ended: it says nothing about its source.
 */
export function madeNoProgress(report: RunReport): boolean {
  const { accepted, deadLettered, filtered, outcome, pages, resumeAt, windowsDone = 0 } = report;
  const isCut = pages === 0 && resumeAt === undefined;
  return outcome === 'out-of-time' && !isCut && accepted + deadLettered + filtered + windowsDone === 0;
}

function coveredMs({ coveredFrom, coveredTo }: RunReport): number {
  return coveredFrom === undefined || coveredTo === undefined
    ? 0
    : Date.parse(coveredTo) - Date.parse(coveredFrom);
}

/**
 * After how many milliseconds a trigger message continues a run that stopped midway: at once, or when the vendor allows it;
 * `undefined` if the timer continues it. Without progress each wait is longer than the one before, and after six waits the
 * timer takes over: a source that triggers itself for nothing costs by the second.
 */
export function continueAfterMs(
  { outcome, resumeAt, startedAt, withoutProgress = 0 }: RunReport,
  now: Date,
): number | undefined {
  if (outcome !== 'out-of-time' || withoutProgress > WAITS_MS.length) return undefined;
  const askedMs = Date.parse(resumeAt ?? startedAt) - now.getTime();
  const waitMs = Math.max(0, askedMs, WAITS_MS[withoutProgress - 1] ?? 0);
  return waitMs < LONG_WAIT_MS ? waitMs : undefined;
}

/**
 * True if a trigger message that met another run of its source may find work later. A source without progress triggers
 * itself, or waits for its timer: with a queue that delivers each message twice, the second would come back forever.
 * @param last the report of the run before the one that it met @param isUnfinished a run stopped midway, or is still working
 */
export function shouldRequeue(last: RunReport | undefined, isUnfinished: boolean, now: Date): boolean {
  if (last === undefined) return true;
  if (last.outcome === 'out-of-time')
    return last.withoutProgress === undefined && continueAfterMs(last, now) !== undefined;
  // If the last report says caught up, the unfinished state is that of a later run, which crashed or is still working.
  return isUnfinished && last.outcome === 'caught-up';
}
