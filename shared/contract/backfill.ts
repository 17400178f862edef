import type { Account, Ledger, SourceId } from './checkpoint';
import type { SettingError } from './errors';

/**
 * How a backfill is: `running` until every part of it is delivered, `paused` until it is resumed, `cancelled` for good,
 * `finished`.
 */
export type BackfillState = 'running' | 'paused' | 'cancelled' | 'finished';

/**
 * A range of a source's past that is read beside its live collection, cut into parts that are worked side by side. What
 * is delivered of a part stands in the part's own checkpoint.
 */
export interface Backfill extends SourceId {
  readonly version: 1;
  readonly id: string;
  /** Event time; ISO 8601, UTC. */
  readonly from: string;
  readonly to: string;
  /** How many parts of one length the range has. */
  readonly parts: number;
  /** How many parts are worked at once, at most. */
  readonly workers: number;
  /** The finest step of the bounds of a part. */
  readonly stepMs: number;
  /** True for what a source missed while it was down: both bounds belong to its live collection. */
  readonly isCatchUp?: true;
  /** Whose events they are. Absent in what a version before ordered, until it is worked. */
  readonly account?: Account;
  /** Who ordered it, and when; ISO 8601, UTC. */
  readonly by: string;
  readonly at: string;
  readonly state: BackfillState;
  /** When the state changed last. */
  readonly changedAt: string;
}

/** How far a backfill is. */
export interface BackfillProgress extends Backfill {
  /** Parts that are delivered, and that somebody works now. */
  readonly done: number;
  readonly worked: number;
  /** The sum of its parts' ledgers. */
  readonly ledger: Ledger;
  /** What of its range no finished part covers; ISO 8601, UTC. */
  readonly left: readonly { readonly from: string; readonly to: string }[];
}

/** Where backfills live. All of it throws UnavailableError when storage is not there. */
export interface Backfills {
  /** Makes it durable. @returns the one that is there already, where one of that id is */
  add(backfill: Backfill): Promise<Backfill>;
  /** `undefined` where there is none. */
  read(id: SourceId, backfill: string): Promise<Backfill | undefined>;
  /** Changes its state, unless it is over. @returns what it is then */
  setState(id: SourceId, backfill: string, state: BackfillState, at: Date): Promise<Backfill | undefined>;
  /** Says whose events it reads, unless it is over. @returns what it is then */
  bind(id: SourceId, backfill: string, account: Account): Promise<Backfill | undefined>;
  /**
   * Of one source, or of all.
   * @param damaged is told of each that cannot be read, and the others follow; where it is left out that is thrown
   */
  list(id?: SourceId, damaged?: (problem: SettingError, of: SourceId) => void): AsyncIterable<Backfill>;
}

/** What a backfill will take, and how that is known. */
export interface BackfillEstimate {
  readonly records: number;
  readonly calls: number;
  /** As the workspace is sent them, before they are packed. */
  readonly gigabytes: number;
  /** How long the vendor's rate limits make it last at least; absent where it has none. */
  readonly atLeastMs?: number;
  /** What was measured, a sentence each. */
  readonly basis: readonly string[];
}

/** A backfill that may be started, with what is to be known before. */
export interface PlannedBackfill {
  readonly backfill: Backfill;
  readonly estimate: BackfillEstimate;
  /** What it will not bring, a sentence each. */
  readonly warnings: readonly string[];
}
