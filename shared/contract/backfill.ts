import type { Account, Ledger, SourceId } from './checkpoint';
import type { SettingError } from './errors';

/** The state of a backfill. `running` until every slice is delivered; `cancelled` and `finished` are final. */
export type BackfillState = 'running' | 'paused' | 'cancelled' | 'finished';

/**
 * A backfill job: a past range of a source that is read beside its live collection, in slices that run in parallel. Each
 * slice has its own checkpoint. Stored; `parts` and `part` are the stored names of slices.
 */
export interface Backfill extends SourceId {
  readonly version: 1;
  readonly id: string;
  /** Event time; ISO 8601, UTC. */
  readonly from: string;
  readonly to: string;
  /** The number of slices, all of one length. */
  readonly parts: number;
  /** The most slices that run in parallel. */
  readonly workers: number;
  /** The finest step of a slice's bounds. */
  readonly stepMs: number;
  /** True for a gap backfill: it reads what a source missed while it was down. Both bounds belong to live collection. */
  readonly isCatchUp?: true;
  /** The vendor account of the events. Absent in jobs of earlier versions until a worker starts them. */
  readonly account?: Account;
  /** Who started it. */
  readonly by: string;
  /** When it was started; ISO 8601, UTC. */
  readonly at: string;
  readonly state: BackfillState;
  /** When the state last changed; ISO 8601, UTC. */
  readonly changedAt: string;
}

/** The progress of a backfill. */
export interface BackfillProgress extends Backfill {
  /** Delivered slices. */
  readonly done: number;
  /** Slices that a worker holds now. */
  readonly worked: number;
  /** The sum of the slices' ledgers. */
  readonly ledger: Ledger;
  /** The ranges that no finished slice covers; ISO 8601, UTC. */
  readonly left: readonly { readonly from: string; readonly to: string }[];
}

/** The store of backfill jobs. Every method throws UnavailableError when storage is unavailable. */
export interface Backfills {
  /** Stores a job. @returns the stored job; the existing one if the id is taken */
  add(backfill: Backfill): Promise<Backfill>;
  /** `undefined` when there is no such job. */
  read(id: SourceId, backfill: string): Promise<Backfill | undefined>;
  /** Changes the state unless the job is finished or cancelled. @returns the stored job */
  setState(id: SourceId, backfill: string, state: BackfillState, at: Date): Promise<Backfill | undefined>;
  /** Binds the job to a vendor account unless it is finished or cancelled. @returns the stored job */
  bind(id: SourceId, backfill: string, account: Account): Promise<Backfill | undefined>;
  /**
   * The jobs of one source, or of all.
   * @param damaged called for each unreadable job, and listing continues. Without it the first such error is thrown
   */
  list(id?: SourceId, damaged?: (problem: SettingError, of: SourceId) => void): AsyncIterable<Backfill>;
}

/** The estimated cost of a backfill. */
export interface BackfillEstimate {
  readonly records: number;
  readonly calls: number;
  /** The size of the rows sent to the workspace, before compression; 10^9 bytes each. */
  readonly gigabytes: number;
  /** The shortest duration that the vendor's rate limits allow. Absent when the vendor has none. */
  readonly atLeastMs?: number;
  /** The measurements behind the estimate, one sentence each. */
  readonly basis: readonly string[];
}

/** A backfill that has not started, with its estimate. */
export interface PlannedBackfill {
  readonly backfill: Backfill;
  readonly estimate: BackfillEstimate;
  /** What it will not deliver, one sentence each. */
  readonly warnings: readonly string[];
}
