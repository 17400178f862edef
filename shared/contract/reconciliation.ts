import type { SourceId } from './checkpoint';

/** What a workspace holds of one source. */
export interface StoredRows {
  readonly rows: number;
  /** How many different events they are. */
  readonly events: number;
}

/** One thing that the workspace says went wrong with rows that it had accepted. */
export interface StoreError {
  /** How often. */
  readonly count: number;
  /** The last time; ISO 8601, UTC. */
  readonly last: string;
  readonly message: string;
}

/** A workspace that may be asked what it holds. */
export interface StoreReader {
  /**
   * What tables hold together: an event that is in two of them is one event.
   * @param instance whose rows
   * @throws SettingError when the identity may not query
   */
  countRows(tables: readonly string[], instance: string): Promise<StoredRows>;
  /** What `DCRLogErrors` says of streams; empty where their rules send no diagnostics there. */
  readErrors(streams: readonly string[]): Promise<readonly StoreError[]>;
}

/** What was accepted of one source beside what is stored. */
export interface Reconciled extends SourceId, StoredRows {
  readonly table: string;
  /** The table that takes the rows of old events, where it is another; its rows are counted with the others. */
  readonly lateTable?: string;
  /** Also by backfills, and before a state was moved. */
  readonly accepted: number;
  /**
   * `stored`: as many different events as were accepted, or more. `repeated`: fewer, but as many rows, of a source whose
   * state was moved or that a backfill has read again: events were accepted more than once, and each time is stored.
   * Only as many as were sent again after a crash, uncounted, could be missing unseen. `short`: neither. Rows may still
   * be on their way for some minutes, the workspace may have let old ones go, or a vendor has given one id twice; the
   * errors say more.
   */
  readonly verdict: 'stored' | 'repeated' | 'short';
  readonly errors: readonly StoreError[];
}
