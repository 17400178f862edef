import {
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  JsonDuckDBValueConverter,
  type DuckDBDataChunk,
  type DuckDBResult,
  type DuckDBValue,
  type DuckDBValueConverter,
  type Json,
} from '@duckdb/node-api';
import { parseJson } from '../lossless-json';

/** The result of a query. A repeated column name gets a number: `a`, `a:1`. */
export interface QueryResult {
  readonly columns: readonly string[];
  /** One object per row, with a member for every column. See {@link rowsReader} for the values. */
  readonly rows: readonly Record<string, unknown>[];
}

const MICROS_PER_MS = 1000n;
const SIGNIFICANT_DIGITS_OF_A_DOUBLE = 15;

/**
 * Reads rows one by one, as JSON values: integers as numbers up to 2^53 and as text beyond (in JSON columns too), decimals as
 * numbers if a double holds them, times as ISO 8601 in UTC with three or six digits of a second, JSON columns as their values;
 * dates, intervals, UUIDs and blobs as text.
 */
export function rowsReader(result: DuckDBResult) {
  const columns = result.deduplicatedColumnNames();
  // Only the result's column types tell JSON from other text.
  const types = result.columnTypes();
  return {
    columns,
    *rowsIn(chunk: DuckDBDataChunk): Generator<Record<string, Json>> {
      const vectors = types.map((_, i) => chunk.getColumnVector(i));
      for (let at = 0; at < chunk.rowCount; at++) {
        const value = (i: number): DuckDBValue => vectors[i]?.getItem(at) ?? null;
        yield Object.fromEntries(
          types.map((type, i) => [columns[i] ?? '', toPlain(value(i), type, toPlain)]),
        );
      }
    },
  };
}

/** The approximate number of bytes of a value as JSON. */
export function sizeOf(value: Json): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  const parts = Array.isArray(value) ? value : Object.entries(value).flat();
  return parts.reduce<number>((sum, part) => sum + sizeOf(part), 2);
}

const toPlain: DuckDBValueConverter<Json> = (value, type, converter) => {
  if (value === null) return null;
  if (typeof value === 'bigint') return toSafeInteger(value);
  if (typeof value === 'string' && type.alias === 'JSON') return readStored(value);
  if (value instanceof DuckDBDecimalValue) return toDecimal(value);
  if (value instanceof DuckDBIntervalValue) return String(value);
  const micros = microsOf(value);
  if (micros !== undefined) return toIso(micros) ?? String(value);
  return JsonDuckDBValueConverter(value, type, converter);
};

function toSafeInteger(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function toDecimal(value: DuckDBDecimalValue): number | string {
  return String(value.value).length <= SIGNIFICANT_DIGITS_OF_A_DOUBLE ? value.toDouble() : String(value);
}

/** The value of a JSON column. Text that is not JSON, which a cast may produce, stays text. */
function readStored(text: string): Json {
  try {
    return parseJson(text, String) as Json;
  } catch {
    return text;
  }
}

function microsOf(value: DuckDBValue): bigint | undefined {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * MICROS_PER_MS;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * MICROS_PER_MS * MICROS_PER_MS;
  return value instanceof DuckDBTimestampNanosecondsValue ? value.nanos / MICROS_PER_MS : undefined;
}

/** `undefined` for a value outside the calendar, such as the database's infinity. */
function toIso(micros: bigint): string | undefined {
  const rest = ((micros % MICROS_PER_MS) + MICROS_PER_MS) % MICROS_PER_MS;
  const date = new Date(Number((micros - rest) / MICROS_PER_MS));
  if (Number.isNaN(date.getTime())) return undefined;
  return rest === 0n
    ? date.toISOString()
    : date.toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`);
}
