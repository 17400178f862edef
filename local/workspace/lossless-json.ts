import { parse, stringify } from 'lossless-json';
import type { Json } from '../../shared/contract/json';

const MANY_DIGITS = /\d{16}/;
/** The longest integer that becomes a `bigint`: the cost grows faster than its length, and no column holds as many digits. */
const MAX_INTEGER_DIGITS = 64;
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;
const ESCAPES =
  /\\\\|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u[dD][89a-fA-F][\da-fA-F]{2}/g;
const LONE_SURROGATE_LENGTH = 6;

/**
 * Parses JSON without losing a digit. `integer` converts the digits of an integer beyond 2^53; one with more than 64 digits
 * stays text. Half a surrogate pair becomes U+FFFD, because the database cannot read it back. Of several equal keys the last
 * one counts.
 * @throws SyntaxError when the text is not JSON; RangeError when it is nested too deep
 */
export function parseJson(text: string, integer: (digits: string) => bigint | string = BigInt): Json {
  const whole = SURROGATE_ESCAPE.test(text) ? text.replace(ESCAPES, mendEscape) : text;
  if (!MANY_DIGITS.test(whole)) return JSON.parse(whole) as Json;
  return parse(whole, null, {
    parseNumber: (digits) => readNumber(digits, integer),
    onDuplicateKey: ({ newValue }) => newValue,
  }) as Json;
}

/** Serialises JSON; a `bigint` with all its digits. @throws RangeError when the value is nested too deep */
export function formatJson(value: Json): string {
  return (hasBigInt(value) ? stringify(value) : JSON.stringify(value)) ?? 'null';
}

function mendEscape(escape: string): string {
  return escape.length === LONE_SURROGATE_LENGTH ? '\\ufffd' : escape;
}

function readNumber(digits: string, integer: (digits: string) => bigint | string): number | bigint | string {
  const value = Number(digits);
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(digits)) return value;
  return digits.length > MAX_INTEGER_DIGITS ? digits : integer(digits);
}

function hasBigInt(value: Json): boolean {
  if (typeof value === 'bigint') return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasBigInt);
}
