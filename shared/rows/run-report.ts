import type { Ledger, SourceId } from '../contract/checkpoint';
import { isNamedError } from '../contract/errors';
import type { Clock, Log, Outcome, RunReport } from '../contract/run';

/** Counts that are usually zero, and absent from a report then. */
const RARE_COUNTS = [
  'unremembered',
  'leftPartitions',
  'mayBeCut',
  'outOfOrder',
  'windowsDone',
  'setAside',
] as const satisfies readonly (keyof RunReport)[];

/** What a run counts. `pages`: pages of a pull, batches of a delivery. */
export type RunCounts = Ledger &
  Pick<RunReport, 'pages' | 'drifted'> &
  Partial<Pick<RunReport, (typeof RARE_COUNTS)[number]>>;

/** The run that is reported. */
export interface ReportedRun {
  readonly id: SourceId;
  readonly runId: string;
  readonly table: string;
  readonly startedAt: Date;
  readonly clock: Pick<Clock, 'now'>;
}

/** Builds the report of a run that ends now: of a pull, or of a delivery of pushed records. @param more members that only some runs have */
export function buildReport(
  { clock, id, runId, startedAt, table }: ReportedRun,
  counts: RunCounts,
  outcome: Outcome,
  more: Partial<RunReport> = {},
): RunReport {
  const { accepted, deadLettered, drifted, duplicate, fetched, filtered, pages, pending } = counts;
  const rare = RARE_COUNTS.flatMap((name) => (counts[name] ? [[name, counts[name]] as const] : []));
  return {
    ...id,
    ...{ fetched, accepted, duplicate, filtered, deadLettered, pending },
    ...{ runId, table, pages, drifted },
    ...Object.fromEntries(rare),
    startedAt: startedAt.toISOString(),
    durationMs: clock.now().getTime() - startedAt.getTime(),
    outcome,
    ...more,
  };
}

/** The `error` member of a failed run's report. Logs the stack of any error other than the named ones. */
export function reportError(
  cause: unknown,
  { id, log, runId }: { readonly id: SourceId; readonly runId: string; readonly log: Pick<Log, 'error'> },
  mask: (text: string) => string = (text) => text,
): { readonly error: NonNullable<RunReport['error']> } {
  const reason = cause instanceof Error ? cause : new Error(String(cause));
  if (!isNamedError(reason)) log.error({ ...id, runId, stack: reason.stack }, 'unexpected error');
  return { error: { name: reason.name, message: mask(reason.message) } };
}
