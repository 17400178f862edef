import type { Json } from '../../contract/json';

/** Digits of the longest integer that is read as a `bigint`: the cost of a `bigint` grows faster than its digits. */
export const MAX_INTEGER_DIGITS = 64;
/** Most digits that `toExponential` writes. */
export const MAX_DIGITS = 101;
/** A decimal of at most so many digits survives in every normal double. */
export const SAFE_DIGITS = 15;
const SMALLEST_NORMAL = 2 ** -1022;
const LARGE_INTEGER = /^-?[1-9]\d{16,63}$/;
const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE][+-]?\d+)?$/;

/**
 * Reads a JSON number without loss: a `number` if a double holds it exactly; a `bigint` for an integer beyond 2^53 of at most
 * 64 digits; otherwise its own text: for more digits than a double has, an exponent beyond its range, or `-0`, whose sign
 * JSON loses. `undefined` for text that is not a JSON number.
 */
export function readNumber(text: string): number | bigint | string | undefined {
  if (LARGE_INTEGER.test(text)) return BigInt(text);
  const [, sign, whole = '', fraction = ''] = NUMBER.exec(text) ?? [];
  if (sign === undefined) return undefined;
  if (text.length === sign.length + whole.length) return readInteger(text, whole);
  return readDecimal(text, `${whole}${fraction}`, sign);
}

function readDecimal(text: string, written: string, sign: string): number | string {
  const digits = written.replace(/^0+/, '').replace(/(?<!0)0+$/, '');
  if (digits === '') return sign === '' ? 0 : text;
  if (digits.length > MAX_DIGITS) return text;
  const value = Number(text);
  if (!Number.isFinite(value) || value === 0) return text;
  if (digits.length <= SAFE_DIGITS && Math.abs(value) >= SMALLEST_NORMAL) return value;
  const held = /^-?([\d.]+)/.exec(value.toExponential(digits.length - 1))?.[1]?.replace('.', '');
  return held === digits ? value : text;
}

function readInteger(text: string, digits: string): number | bigint | string {
  if (digits.length > MAX_INTEGER_DIGITS || text === '-0') return text;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** True for a negative zero as text: a number column holds 0 for it, and the text is kept beside that. */
export function isMinusZero(value: Json): boolean {
  return typeof value === 'string' && /^-0(?:\.0+)?(?:[eE][+-]?\d+)?$/.test(value);
}

/** The double that equals an integer; `undefined` if there is none. */
export function toDouble(value: bigint): number | undefined {
  const number = Number(value);
  return Number.isFinite(number) && BigInt(number) === value ? number : undefined;
}
