import type { SourceId } from './checkpoint';

/** The rows of one source in a workspace. */
export interface StoredRows {
  readonly rows: number;
  /** Distinct events among them. */
  readonly events: number;
}

/** An error that the workspace reports for rows that it had accepted. */
export interface StoreError {
  /** How often it occurred. */
  readonly count: number;
  /** When it last occurred; ISO 8601, UTC. */
  readonly last: string;
  readonly message: string;
}

/** Queries what a workspace has stored. */
export interface StoreReader {
  /**
   * Counts the rows of an instance in these tables together. An event that is in two of them counts once.
   * @throws SettingError when the identity may not query
   */
  countRows(tables: readonly string[], instance: string): Promise<StoredRows>;
  /** The `DCRLogErrors` of these streams. Empty when their rules send no diagnostics to it. */
  readErrors(streams: readonly string[]): Promise<readonly StoreError[]>;
}

/** The accepted records of one source compared with its stored rows. */
export interface Reconciled extends SourceId, StoredRows {
  readonly table: string;
  /** The separate table for rows of late events. Its rows are included. */
  readonly lateTable?: string;
  /** Accepted records, including those of backfills and those before a checkpoint was moved. */
  readonly accepted: number;
  /**
   * - `stored`: at least as many distinct events as accepted records.
   * - `repeated`: fewer distinct events but at least as many rows, for a source whose checkpoint was moved or that a
   *   backfill read again. Events were accepted and stored more than once. A loss is hidden only up to the number of rows
   *   that a crash sent again, which nothing counts.
   * - `short`: neither. Rows may still be on their way for some minutes, the workspace may have deleted old ones, or the
   *   vendor gave one id to two events; `errors` says more.
   */
  readonly verdict: 'stored' | 'repeated' | 'short';
  readonly errors: readonly StoreError[];
}
