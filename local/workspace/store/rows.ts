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

/** What a query found. A repeated column name is told apart by a number: `a`, `a:1`. */
export interface QueryResult {
  readonly columns: readonly string[];
  /** One object per row, with a member for every column. See {@link rowsReader} for the values. */
  readonly rows: readonly Record<string, unknown>[];
}

const MICROS_PER_MS = 1000n;
const SIGNIFICANT_DIGITS_OF_A_DOUBLE = 15;

/**
 * Reads the rows of a result's chunks one by one, as values that JSON can carry: integers as numbers up to 2^53 and as their digits beyond
 * (inside JSON values too), decimals as numbers where a double holds them, times as ISO 8601 in UTC with three or
 * six digits of a second, JSON columns as the values they hold; dates, intervals, UUIDs and blobs as text.
 */
export function rowsReader(result: DuckDBResult) {
  const columns = result.deduplicatedColumnNames();
  // Taken from the result: only there does the type of a column say that its text is JSON.
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

/** About how many bytes a value takes as JSON. */
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

/** A JSON column holds JSON text; what a cast made of other text is given back as it is. */
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

/** `undefined` for what lies outside the calendar, such as the database's infinity. */
function toIso(micros: bigint): string | undefined {
  const rest = ((micros % MICROS_PER_MS) + MICROS_PER_MS) % MICROS_PER_MS;
  const date = new Date(Number((micros - rest) / MICROS_PER_MS));
  if (Number.isNaN(date.getTime())) return undefined;
  return rest === 0n
    ? date.toISOString()
    : date.toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`);
}
