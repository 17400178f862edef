import type { Retention } from './connector';
import type { Ledger, SourceId } from './checkpoint';
import type { AuditEvent, Pause } from './operator';

/** A time range; ISO 8601, UTC. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/**
 * The status of a range of event time:
 * - `complete`: everything that the vendor showed was delivered.
 * - `completed late`: delivered, but more than an hour after the schedule and the vendor's lateness allowed.
 * - `recoverable`: the vendor still has it, or it is a dead letter.
 * - `lost`: the vendor no longer keeps it, or an operator dropped it.
 */
export type CoverageStatus = 'complete' | 'completed late' | 'recoverable' | 'lost';

/** A range of event time that was delivered. */
export interface CoveredSpan extends Span {
  /** When the run that completed it ended. Absent when only the checkpoint shows that it is covered. */
  readonly at?: string;
  readonly verdict: 'complete' | 'completed late';
  readonly runs: number;
}

/** A range of event time that was not delivered. */
export interface Gap extends Span {
  readonly verdict: 'recoverable' | 'lost';
  readonly cause: string;
  /** The kind of events that the vendor no longer keeps, when it still keeps the others. */
  readonly partlyLost?: string;
  /** The command that fetches it. Absent when none can. */
  readonly command?: string;
}

/** A period in which no run succeeded. */
export interface Outage extends Span {
  /** Runs that failed, or waited longer than their schedule. Zero when none ran at all. */
  readonly failures: number;
  /** The class and the message of the last failure. */
  readonly cause: string;
  readonly isOver: boolean;
}

/** A period in which an operator paused the source. `to` is absent while it is still paused. */
export interface PausedSpan extends Pause {
  readonly to?: string;
  readonly resumedBy?: string;
}

/** What happened to the dead letters of the report's period. */
export interface DeadLetterOutcomes {
  /** Stored dead letters by cause, without those of truncated rows. */
  readonly waiting: Readonly<Record<string, number>>;
  /** Stored dead letters whose row was delivered truncated. */
  readonly truncated: number;
  /** Redelivered by operators in that period. */
  readonly replayed: number;
  /** Dropped by operators in that period. */
  readonly dropped: number;
  /** Counted by runs, but neither stored nor in the audit log: deleted by retention, or manually. */
  readonly gone: number;
}

/** What happened to the events of one source in a range of event time. */
export interface CoverageReport extends Span {
  readonly id: SourceId;
  readonly title: string;
  readonly table: string;
  readonly askedAt: string;
  /**
   * Where the source first began, when that is within the range. The report does not judge anything earlier, unless a
   * backfill covers it.
   */
  readonly begins?: string;
  /** How long the vendor keeps its records, if the source declares it. */
  readonly retention?: Retention;
  readonly verdict: CoverageStatus;
  /** The reasons for the status, one sentence each. */
  readonly reasons: readonly string[];
  /** The commands to run, in this order. Empty when nothing needs to be done. */
  readonly commands: readonly string[];
  readonly covered: readonly CoveredSpan[];
  readonly gaps: readonly Gap[];
  readonly outages: readonly Outage[];
  readonly pauses: readonly PausedSpan[];
  readonly acts: readonly AuditEvent[];
  readonly letters: DeadLetterOutcomes;
  /** The runs of that period. */
  readonly runs: { readonly ended: number; readonly failed: number; readonly ledger: Ledger };
  /** All totals since the source's first run. Absent when it never ran. */
  readonly ledger?: Ledger;
}
