import type { Column, ColumnType } from '../contract/table';

/**
 * Makes a column.
 * @param from where its value stands in the record; a column that `toRow` computes has none
 * @param help one sentence for the reference
 */
export type ColumnMaker<T extends ColumnType> = (from?: string, help?: string) => Column<T>;

const column =
  <T extends ColumnType>(type: T): ColumnMaker<T> =>
  (from, help) => ({
    type,
    ...(from === undefined ? {} : { from }),
    ...(help === undefined ? {} : { help }),
  });

/** A text column. Numbers and booleans are written as text; an object or array does not fit. */
export const string: ColumnMaker<'string'> = column('string');
/** A whole number from −2^31 to 2^31 − 1; text that is exactly such a number fits too. */
export const int: ColumnMaker<'int'> = column('int');
/** A whole number from −2^63 to 2^63 − 1; text that is exactly such a number fits too. */
export const long: ColumnMaker<'long'> = column('long');
/** A double; text that is a plain decimal number fits too. */
export const real: ColumnMaker<'real'> = column('real');
/** `true` or `false`, also as text. */
export const bool: ColumnMaker<'boolean'> = column('boolean');
/** ISO 8601, RFC 2822-like text, or epoch seconds, milliseconds, microseconds. */
export const datetime: ColumnMaker<'datetime'> = column('datetime');
/** Any JSON: takes the whole value at its path. */
export const dynamic: ColumnMaker<'dynamic'> = column('dynamic');
