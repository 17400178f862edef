/**
 * Comma-separated values. Every cell is text; the column of the table converts it. An empty cell is left out of its record.
 * A row may have fewer cells than there are columns; a cell beyond them is the member `column_<n>`, counted from 1.
 * @see RFC 4180
 */
export interface CsvFormat {
  /** The names of the columns, for a vendor that sends no header row. @default the first row has them */
  readonly columns?: readonly string[];
  /** What separates two cells. @default ',' @example '\t' */
  readonly delimiter?: string;
  /** The text of a cell without a value, which is then left out as an empty one is. @example '-' */
  readonly missing?: string;
  /** What surrounds a cell that holds a delimiter or a line break; doubled, it is text. @default '"' */
  readonly quote?: string;
}

/**
 * The format of an answer that is not JSON. `records`, and every other path, reads the JSON value that it becomes:
 *
 * | Format | Value |
 * |---|---|
 * | `ndjson` | the array of its lines, a JSON text each. A line that is not JSON becomes a dead letter. |
 * | `csv` | the array of its rows: `{ "name": "text" }` |
 *
 * A body that begins as gzip does is decompressed first, whatever its `Content-Type`.
 */
export type AnswerFormat = 'ndjson' | 'csv' | { readonly csv: CsvFormat };
