import type { RunReport } from '../contract/run';
import { madeNoProgress } from './no-progress';

/** How long a source that waits may be late before its runs count as failed. */
const PATIENCE_MS = 3_600_000;

/** Since when a source has delivered nothing, run after run. A time that is still to come was written by a clock that ran ahead. */
export function waitingSinceOf({ startedAt }: RunReport, last: RunReport | undefined): string {
  const { failingSince, outcome, startedAt: before, waitingSince } = last ?? {};
  const since = failingSince ?? waitingSince ?? (outcome === 'failed' ? before : undefined) ?? startedAt;
  return since < startedAt ? since : startedAt;
}

/**
 * Judges a run that had to wait and delivered nothing: a source that waits for longer than its schedule is late, and an hour
 * later it has failed, however right it was to wait.
 * @param last the report of the run before @param everyMs the longest time between two runs of its schedule
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
