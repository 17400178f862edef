import type { RunReport } from '../contract/run';

/** How long a source waits before its next run, by the number of runs in a row that made no progress. */
const WAITS_MS: readonly number[] = [5_000, 10_000, 20_000, 40_000, 80_000, 160_000];
/** What must wait longer for its budget is left to the timers: a wake-up of each run would come at one moment. */
const LONG_WAIT_MS = 10 * 60_000;

/**
 * Counts a run that stopped midway and made no progress with those before it. One that vouches for more time makes some
 * only where that is more than has passed meanwhile: else it is as late as before, however often it is woken.
 * @param last the report of the run before
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
 * True for a run that stopped midway, delivered nothing new and was done with no window that it looked at again. What it was
 * shown again is no progress, nor is a place that has moved: a vendor may lead a reader in circles. One that was cut before
 * its first page, because its process ended, says nothing of its source.
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
 * When a run that stopped midway is gone on with over the queue: at once, or when its vendor lets it; `undefined` where its
 * timer goes on with it. Without progress each wait is longer than the one before, and after six the timer has its turn:
 * a source that wakes itself for nothing costs by the second.
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
 * Whether a wake-up that met another run of its source has something to come back for. A source without progress wakes
 * itself, or waits for its timer: where a queue hands each message over twice, the second would come back for ever.
 * @param last the report of the run before the one that it met @param isUnfinished a run left its source midway, or is at it
 */
export function shouldRequeue(last: RunReport | undefined, isUnfinished: boolean, now: Date): boolean {
  if (last === undefined) return true;
  if (last.outcome === 'out-of-time')
    return last.withoutProgress === undefined && continueAfterMs(last, now) !== undefined;
  // If the last report says caught up, the unfinished state is that of a later run, which crashed or is still working.
  return isUnfinished && last.outcome === 'caught-up';
}
