import type { Json } from '../contract/json';
import type { ColumnType } from '../contract/table';
import { isMinusZero, toDouble } from '../values/json/number';
import { toIso } from '../values/time';

const INT_LIMIT = 2 ** 31;
const LONG_LIMIT = 2n ** 63n;

/**
 * Converts a value to the type of its column; `undefined` when it does not fit. Only lossless conversions: a number to text,
 * text that is exactly a number. Never throws.
 */
export const CONVERT: Readonly<Record<ColumnType, (value: Json) => Json | undefined>> = {
  string: (value) => (typeof value === 'string' ? value : isScalar(value) ? String(value) : undefined),
  int: (value) => {
    const number = toWhole(value);
    return typeof number === 'number' && number >= -INT_LIMIT && number < INT_LIMIT ? number : undefined;
  },
  long: toWhole,
  real: (value) => {
    if (typeof value === 'bigint') return toDouble(value);
    if (isMinusZero(value)) return 0;
    const number = typeof value === 'string' && isDecimal(value) ? Number(value) : value;
    return isFiniteNumber(number) ? number : undefined;
  },
  boolean: (value) => {
    if (typeof value === 'boolean') return value;
    return value === 'true' ? true : value === 'false' ? false : undefined;
  },
  datetime: toIso,
  dynamic: (value) => value,
};

function isScalar(value: Json): value is number | bigint | boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

function isFiniteNumber(value: Json): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** True for at most 15 significant digits, which a double keeps. */
function isDecimal(text: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) && text.replace(/^[-0.]+|\./g, '').length <= 15;
}

function toWhole(value: Json): number | bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (isMinusZero(value)) return 0;
  const whole =
    typeof value === 'bigint'
      ? value
      : typeof value === 'string' && /^(?:0|-?[1-9]\d{0,18})$/.test(value)
        ? BigInt(value)
        : undefined;
  if (whole === undefined || whole >= LONG_LIMIT || whole < -LONG_LIMIT) return undefined;
  const number = Number(whole);
  return Number.isSafeInteger(number) ? number : whole;
}
