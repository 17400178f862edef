import type { Json } from './json';
import type { Row, Table } from './table';

/** What a sink takes at most; the units are bytes of UTF-8. */
export interface SinkLimits {
  /** One call, uncompressed, with the brackets and commas of the JSON array. */
  readonly maxBatchBytes: number;
  /** One field; a longer one would be cut by the service without a word. */
  readonly maxFieldBytes: number;
}

/** Rows of one table, encoded and small enough for one call. */
export interface Batch {
  /** How many rows. */
  readonly count: number;
  /** The JSON array that holds them, each as the sink's `encode` made it, in order: UTF-8. */
  readonly body: Buffer;
}

/** What became of one batch. */
export type SinkAnswer = 'accepted' | 'too-large' | { readonly refused: string };

/**
 * Where rows go. Made for one run: its requests end with the run's time.
 * Halving, concurrency and dead letters are `rows/send-rows.ts`; a sink only encodes one row and posts one batch.
 */
export interface Sink {
  readonly name: 'logs-ingestion' | 'data-collector';
  readonly limits: SinkLimits;
  /** One row as JSON text. Throws only for what cannot be JSON; that fails the one row. */
  encode(table: Table, row: Row): string;
  /**
   * Puts the values whose columns the table's stream does not take where it takes them, before the row is encoded.
   * Absent where it is not known what streams take. @param row changed in place
   */
  readonly adapt?: (table: Table, row: Record<string, Json>) => void;
  /**
   * Posts one batch once (transport retries aside). Resolves only when the service has accepted it
   * (which is not yet *stored*), or says that it is too large, or that it refuses what is in it: then `refused` is
   * the service's own code, never its words, which may quote a row.
   * @throws SettingError | UnavailableError | ContractError; whether the rows arrived is then unknown
   */
  send(table: Table, batch: Batch): Promise<SinkAnswer>;
}
