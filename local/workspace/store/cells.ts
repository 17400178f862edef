import type { Json } from '../../../shared/contract/json';
import type { ColumnType } from '../../../shared/contract/table';
import { formatJson } from '../lossless-json';
import { readTime } from '../time';

/**
 * One value in the database's form, by its column's type: `string` and `dynamic` (JSON text) as a string, `int` and `real` as a
 * number, `long` as a bigint, `boolean` as a boolean, `datetime` as a bigint of microseconds since 1970.
 */
export type Cell = string | number | bigint | boolean | null;

const INT_MAX = 2 ** 31 - 1;
const INT_MIN = -(2 ** 31);
const LONG_MAX = 2n ** 63n - 1n;
const LONG_MIN = -(2n ** 63n);
const WHOLE = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const MAX_BYTES_PER_UNIT = 3;

type Present = Exclude<Json, null>;

const CONVERTERS: Readonly<Record<ColumnType, (value: Present, maxBytes: number) => Cell>> = {
  string: (value, maxBytes) => cut(typeof value === 'string' ? value : formatJson(value), maxBytes),
  int: toInt,
  long: toLong,
  real: toReal,
  boolean: toBoolean,
  datetime: (value) => (typeof value === 'string' ? (readTime(value) ?? null) : null),
  dynamic: toDynamic,
};

/** Converts a value if that loses nothing, as the service does at ingestion; null if it does not fit the type. */
export function toCell(value: Json | undefined, type: ColumnType, maxBytes: number): Cell {
  return value === undefined || value === null ? null : CONVERTERS[type](value, maxBytes);
}

/** The longest start of `text` with at most `maxBytes` of UTF-8; never cuts a character. */
export function cut(text: string, maxBytes: number): string {
  if (text.length * MAX_BYTES_PER_UNIT <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text);
  let end = maxBytes;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** A plain decimal number in text; `undefined` for anything else and for a number beyond a double. */
function readReal(text: string): number | undefined {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** `true` or `false` in text, in any case. */
function readBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}

function toLong(value: Present): bigint | null {
  if (typeof value === 'string' && !WHOLE.test(value)) return null;
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return null;
  if (typeof value === 'object') return null;
  const whole = BigInt(value);
  return whole >= LONG_MIN && whole <= LONG_MAX ? whole : null;
}

function toInt(value: Present): number | null {
  const whole = toLong(value);
  return whole !== null && whole >= INT_MIN && whole <= INT_MAX ? Number(whole) : null;
}

function toReal(value: Present): number | null {
  if (typeof value === 'string') return readReal(value) ?? null;
  if (typeof value === 'object') return null;
  const real = Number(value);
  return Number.isFinite(real) ? real : null;
}

function toBoolean(value: Present): boolean | null {
  if (typeof value === 'string') return readBoolean(value) ?? null;
  if (typeof value === 'number' || typeof value === 'bigint') return value !== 0 && value !== 0n;
  return typeof value === 'boolean' ? value : null;
}

/** JSON text. A longer one is cut and stored as a JSON string, because a cut JSON value is not JSON. */
function toDynamic(value: Present, maxBytes: number): string {
  const text = formatJson(value);
  return Buffer.byteLength(text) <= maxBytes
    ? text
    : JSON.stringify(cut(typeof value === 'string' ? value : text, maxBytes));
}
