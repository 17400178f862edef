import type { Retention } from './connector';
import type { Ledger, SourceId } from './checkpoint';
import type { AuditEvent, Pause } from './operator';

/** A stretch of time; ISO 8601, UTC. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/**
 * What an auditor is told of a stretch of event time. `complete`: everything that the vendor showed was delivered.
 * `completed late`: so it was, but more than an hour after its schedule and its vendor let it be read. `recoverable`: it
 * is still at the vendor, or kept as a dead letter. `lost`: the vendor does not keep it any more, or an operator dropped
 * it.
 */
export type CoverageStatus = 'complete' | 'completed late' | 'recoverable' | 'lost';

/** Event time that was delivered. */
export interface CoveredSpan extends Span {
  /** When the run that delivered the last of it ended; absent where only the checkpoint vouches for it. */
  readonly at?: string;
  readonly verdict: 'complete' | 'completed late';
  readonly runs: number;
}

/** Event time that was not delivered. */
export interface Gap extends Span {
  readonly verdict: 'recoverable' | 'lost';
  readonly cause: string;
  /** Which of its events the vendor does not keep any more, where it keeps the others. */
  readonly partlyLost?: string;
  /** What fetches it; absent where nothing does any more. */
  readonly command?: string;
}

/** A time in which no run succeeded. */
export interface Outage extends Span {
  /** How many runs failed, or waited for longer than their schedule; none ran at all where this is zero. */
  readonly failures: number;
  /** The class and the message of the last failure. */
  readonly cause: string;
  readonly isOver: boolean;
}

/** A time in which an operator had the source stopped; `to` is absent while it still is. */
export interface PausedSpan extends Pause {
  readonly to?: string;
  readonly resumedBy?: string;
}

/** What became of dead letters. */
export interface DeadLetterOutcomes {
  /** Waiting letters of runs in the time asked for, by cause; those whose row was delivered cut stand apart. */
  readonly waiting: Readonly<Record<string, number>>;
  readonly truncated: number;
  /** By operators in that time. */
  readonly replayed: number;
  readonly dropped: number;
  /** Counted by runs in that time, and neither waiting nor told of: deleted for their age, or by hand. */
  readonly gone: number;
}

/** What became of the events of one source from a time to a time. */
export interface CoverageReport extends Span {
  readonly id: SourceId;
  readonly title: string;
  readonly table: string;
  readonly askedAt: string;
  /**
   * Where the source first began, where that lies within the time asked for. What happened before belongs to no verdict,
   * unless a backfill of it was ordered.
   */
  readonly begins?: string;
  /** How long the vendor keeps its records, where the source declares it. */
  readonly retention?: Retention;
  readonly verdict: CoverageStatus;
  /** Why, a sentence each. */
  readonly reasons: readonly string[];
  /** What to do, in this order; empty where nothing is to be done. */
  readonly commands: readonly string[];
  readonly covered: readonly CoveredSpan[];
  readonly gaps: readonly Gap[];
  readonly outages: readonly Outage[];
  readonly pauses: readonly PausedSpan[];
  readonly acts: readonly AuditEvent[];
  readonly letters: DeadLetterOutcomes;
  /** Of the runs in that time. */
  readonly runs: { readonly ended: number; readonly failed: number; readonly ledger: Ledger };
  /** Since the source's first run; absent where it never ran. */
  readonly ledger?: Ledger;
}
