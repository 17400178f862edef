import type { SourceId } from '../contract/checkpoint';
import type { Log, Clock, RunReport, RunReports } from '../contract/run';
import { readOrReport } from '../values/damage-errors';
import { countNoProgress, madeNoProgress } from './no-progress';

/** How long a waiting source may be late before its runs count as failed. */
const PATIENCE_MS = 3_600_000;

/**
 * Completes a report with facts from the previous one: since when the source has failed or waited, whether it is late, and
 * for how many runs in a row it has made no progress.
 * @param everyMs the longest time between two runs of its schedule
 * @returns the report as after a first run if the previous one cannot be read: then storage is the problem
 */
export async function completeReport(
  report: RunReport,
  reports: RunReports,
  { clock, everyMs, log }: { readonly clock: Clock; readonly everyMs: () => number; readonly log: Log },
): Promise<RunReport> {
  if (report.part !== undefined || (report.outcome !== 'failed' && !madeNoProgress(report))) return report;
  try {
    const last = await readLastReport(report, reports, log);
    if (report.outcome === 'failed') return { ...report, failingSince: waitingSinceOf(report, last) };
    return judgeWait(countNoProgress(report, last), last, everyMs, clock.now());
  } catch {
    return countNoProgress(report, undefined);
  }
}

/** The report of a source's last run; `undefined` if it has none, or a damaged one: the next run replaces it. */
export function readLastReport(id: SourceId, reports: RunReports, log: Log): Promise<RunReport | undefined> {
  const { connector, instance, source } = id;
  return readOrReport(reports.read(id), ({ message }) =>
    log.warn({ connector, instance, source, reason: message }, 'the report of the last run is damaged'),
  );
}

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
