import type { Json } from './json';
import type { Row, Table } from './table';

/** The limits of a sink, in bytes of UTF-8. */
export interface SinkLimits {
  /** One call, uncompressed, with the brackets and commas of the JSON array. */
  readonly maxBatchBytes: number;
  /** One field. The service silently cuts a longer one. */
  readonly maxFieldBytes: number;
}

/** Rows of one table, encoded and small enough for one call. */
export interface Batch {
  /** How many rows. */
  readonly count: number;
  /** The JSON array that holds them, each as the sink's `encode` made it, in order: UTF-8. */
  readonly body: Buffer;
}

/** The outcome of one batch. */
export type SinkAnswer = 'accepted' | 'too-large' | { readonly refused: string };

/**
 * The destination of rows. Created for one run; its requests end with the run.
 * Halving, concurrency and dead letters are `rows/send-rows.ts`; a sink only encodes one row and posts one batch.
 */
export interface Sink {
  readonly name: 'logs-ingestion' | 'data-collector';
  readonly limits: SinkLimits;
  /** One row as JSON text. Throws only for what cannot be JSON; that fails the one row. */
  encode(table: Table, row: Row): string;
  /**
   * Moves the values of columns that the table's stream does not accept into a column that it accepts, before the row is
   * encoded. Absent when the columns of streams are unknown. @param row changed in place
   */
  readonly adapt?: (table: Table, row: Record<string, Json>) => void;
  /**
   * Posts one batch once (transport retries aside). Resolves when the service has accepted it (which is not yet *stored*),
   * or answers that it is too large, or refuses its content. `refused` is then the service's error code, never its
   * message, which may quote a row.
   * @throws SettingError | UnavailableError | ContractError; whether the rows arrived is then unknown
   */
  send(table: Table, batch: Batch): Promise<SinkAnswer>;
}
