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
  /** @param instance whose rows @throws SettingError when the identity may not query */
  countRows(table: string, instance: string): Promise<StoredRows>;
  /** What `DCRLogErrors` says of a stream; empty where the rule sends no diagnostics there. */
  readErrors(stream: string): Promise<readonly StoreError[]>;
}

/** What was accepted of one source beside what is stored. */
export interface Reconciled extends SourceId, StoredRows {
  readonly table: string;
  readonly accepted: number;
  /**
   * `stored`: as many different events as were accepted, or more. `short`: fewer. Rows may still be on their way for
   * some minutes, the workspace may have let old ones go, or a vendor has given one id twice; the errors say more.
   */
  readonly verdict: 'stored' | 'short';
  readonly errors: readonly StoreError[];
}
