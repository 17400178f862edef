import { isExactDouble } from './exact-double';
import { isLikeStandIn, STAND_IN_DIGITS } from './parse-piece';
import { MAX_DIGITS, MAX_INTEGER_DIGITS, SAFE_DIGITS } from './number';

/**
 * How a number is read: `plain` if a double holds it, `number` if that double could be mistaken for a stand-in, `integer` for
 * a `bigint`, `text` for its own text, `unsure` for a decimal that only exact arithmetic can decide.
 */
export type NumberKind = 'plain' | 'number' | 'integer' | 'text' | 'unsure';

const [MINUS, PLUS, DOT, ZERO, NINE, LOWER_E, UPPER_E] = [0x2d, 0x2b, 0x2e, 0x30, 0x39, 0x65, 0x45];
/** No text has enough digits to offset such an exponent. */
const MAX_EXPONENT = 2 ** 40;
const TENS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/**
 * Limits of the magnitude of a number from 10^(magnitude - 1) to below 10^magnitude: certainly infinite as a double, certainly
 * 0, and between the last two certainly a normal double.
 */
const [INFINITE, VANISHING, LOWEST_NORMAL, HIGHEST_NORMAL] = [310, -325, -306, 308];

/** Where the parts of the current number end. One shared object: creating one for each number would cost more than reading it. */
export const numeral = { point: 0, digitsEnd: 0, end: 0 };

/** Finds the parts of the number that begins at `start`, as far as it is valid. Its first byte is a digit or `-`. */
export function findNumeral(text: Uint8Array, start: number): void {
  const point = endOfDigits(text, start + 1);
  const digitsEnd = text[point] === DOT ? endOfDigits(text, point + 1) : point;
  let end = digitsEnd;
  if (text[end] === LOWER_E || text[end] === UPPER_E) {
    end++;
    if (text[end] === MINUS || text[end] === PLUS) end++;
    end = endOfDigits(text, end);
  }
  numeral.point = point;
  numeral.digitsEnd = digitsEnd;
  numeral.end = end;
}

/**
 * How `readNumber` reads the {@link numeral} that was found last, decided from its bytes without allocating memory: a long
 * text may have millions of numbers. An invalid number is `plain`: the engine's own parser refuses it.
 */
export function numberKind(text: Uint8Array, start: number): NumberKind {
  const { digitsEnd, end, point } = numeral;
  const isNegative = text[start] === MINUS;
  const from = isNegative ? start + 1 : start;
  if (point === from || digitsEnd === point + 1 || (text[from] === ZERO && point > from + 1)) return 'plain';
  if (point === end) return integerKind(text, from, end, isNegative);
  const exponent = digitsEnd === end ? 0 : readExponent(text, digitsEnd + 1, end);
  if (exponent === undefined) return 'plain';
  const first = firstDigit(text, from, digitsEnd);
  if (first === digitsEnd) return isNegative ? 'text' : 'plain';
  return decimalKind(text, first, exponent, isNegative);
}

function endOfDigits(text: Uint8Array, from: number): number {
  let at = from;
  while (at < text.length && (text[at] as number) >= ZERO && (text[at] as number) <= NINE) at++;
  return at;
}

/** The position of the first digit that is not 0. */
function firstDigit(text: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (text[at] === ZERO || text[at] === DOT)) at++;
  return at;
}

/** The position of the last digit that is not 0. */
function lastDigit(text: Uint8Array, end: number): number {
  let at = end - 1;
  while (text[at] === ZERO || text[at] === DOT) at--;
  return at;
}

function integerKind(text: Uint8Array, from: number, end: number, isNegative: boolean): NumberKind {
  const count = end - from;
  if (text[from] === ZERO) return isNegative ? 'text' : 'plain';
  if (count > MAX_INTEGER_DIGITS) return 'text';
  if (count > SAFE_DIGITS + 1) return 'integer';
  if (count === SAFE_DIGITS + 1) {
    const value = readDigits(text, from, end, 9) * 1e7 + readDigits(text, from + 9, end, 7);
    return value <= Number.MAX_SAFE_INTEGER ? 'plain' : 'integer';
  }
  const isNine = isNegative && count === STAND_IN_DIGITS;
  return isNine && isLikeStandIn(nineDigits(text, from, end, count)) ? 'number' : 'plain';
}

/** @param first the position of the first digit that is not 0 */
function decimalKind(text: Uint8Array, first: number, exponent: number, isNegative: boolean): NumberKind {
  const { digitsEnd, point } = numeral;
  const last = lastDigit(text, digitsEnd);
  const count = last - first + (first < point && point < last ? 0 : 1);
  // The number is below this power of ten, and at least a tenth of it.
  const magnitude = point - first + (first > point ? 1 : 0) + exponent;
  const kind = kindByValue(text, first, count, magnitude);
  const isNine = kind === 'plain' && isNegative && magnitude === STAND_IN_DIGITS;
  return isNine && isLikeStandIn(nineDigits(text, first, point, count)) ? 'number' : kind;
}

function kindByValue(text: Uint8Array, first: number, count: number, magnitude: number): NumberKind {
  if (count > MAX_DIGITS || magnitude >= INFINITE || magnitude <= VANISHING) return 'text';
  if (count <= SAFE_DIGITS && magnitude >= LOWEST_NORMAL && magnitude <= HIGHEST_NORMAL) return 'plain';
  const { point } = numeral;
  const high = nineDigits(text, first, point, count) * 1e8;
  const low = eightDigits(text, first, point, count, 9);
  const rest =
    eightDigits(text, first, point, count, 17) / 1e8 + eightDigits(text, first, point, count, 25) / 1e16;
  const held = isExactDouble(count, high, low, rest, magnitude - 17);
  return held === undefined ? 'unsure' : held ? 'plain' : 'text';
}

/** The first nine digits, filled up with zeros. */
function nineDigits(text: Uint8Array, first: number, point: number, count: number): number {
  return count >= 9
    ? readDigits(text, first, point, 9)
    : readDigits(text, first, point, count) * (TENS[9 - count] as number);
}

/** The eight digits after the first `skip`, filled up with zeros. */
function eightDigits(text: Uint8Array, first: number, point: number, count: number, skip: number): number {
  if (count <= skip) return 0;
  const from = first + skip;
  const isBehind = first < point && from >= point;
  const there = Math.min(8, count - skip);
  return readDigits(text, isBehind ? from + 1 : from, point, there) * (TENS[8 - there] as number);
}

/** Digits as a whole number; skips a point among them. At most nine digits, so that it stays a small integer. */
function readDigits(text: Uint8Array, from: number, point: number, count: number): number {
  let at = from;
  let end = at + count;
  let value = 0;
  if (at <= point && point < end) {
    for (; at < point; at++) value = value * 10 + (text[at] as number) - ZERO;
    at++;
    end++;
  }
  for (; at < end; at++) value = value * 10 + (text[at] as number) - ZERO;
  return value;
}

/** `undefined` if there is no exponent. */
function readExponent(text: Uint8Array, start: number, end: number): number | undefined {
  const isNegative = text[start] === MINUS;
  const from = isNegative || text[start] === PLUS ? start + 1 : start;
  let exponent = 0;
  for (let at = from; at < end; at++)
    exponent = Math.min(MAX_EXPONENT, exponent * 10 + (text[at] as number) - ZERO);
  return from >= end ? undefined : isNegative ? -exponent : exponent;
}
