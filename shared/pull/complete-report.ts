import type { RunReport } from '../contract/run';
import { madeNoProgress } from './no-progress';

/** How long a waiting source may be late before its runs count as failed. */
const PATIENCE_MS = 3_600_000;

/**
 * The start of the first of the runs in a row that delivered nothing. Never later than this run: a clock that ran ahead may
 * have stored a time in the future.
 */
export function waitingSinceOf({ startedAt }: RunReport, last: RunReport | undefined): string {
  const { failingSince, outcome, startedAt: before, waitingSince } = last ?? {};
  const since = failingSince ?? waitingSince ?? (outcome === 'failed' ? before : undefined) ?? startedAt;
  return since < startedAt ? since : startedAt;
}

/**
 * Sets the outcome of a run that had to wait and delivered nothing. A source that has waited longer than the interval of its
 * schedule is `late`; an hour later it is `failed`, even if waiting was right.
 * @param last the report of the previous run @param everyMs the longest time between two runs of its schedule
 */
export function judgeWait(
  report: RunReport,
  last: RunReport | undefined,
  everyMs: () => number,
  now: Date,
): RunReport {
  if (!madeNoProgress(report) || report.coveredTo !== undefined || report.resumeAt === undefined)
    return report;
  const waitingSince = waitingSinceOf(report, last);
  const waiting = { ...report, waitingSince };
  const waitedMs = now.getTime() - Date.parse(waitingSince);
  const onTimeMs = everyMs();
  if (waitedMs <= onTimeMs) return waiting;
  const message = `${report.waitsFor ?? 'waiting.'} It has waited since ${waitingSince}, which is longer than its schedule. Where this goes on, see what else uses the vendor's limit, or give this more of it (RATE_SHARE).`;
  const late = { ...waiting, error: { name: 'UnavailableError', message } };
  return waitedMs <= onTimeMs + PATIENCE_MS
    ? { ...late, outcome: 'late' }
    : { ...late, outcome: 'failed', failingSince: waitingSince };
}
