import { isHeld } from './json-exact';
import { MAX_DIGITS, MAX_INTEGER_DIGITS, SAFE_DIGITS } from './json-number';

/**
 * What becomes of a number: `plain` where a double holds it, `integer` for a `bigint`, `text` for its own text, `unsure`
 * where only `readNumber` tells, and for decimals a little below -2^53.
 */
export type NumberKind = 'plain' | 'integer' | 'text' | 'unsure';

const [MINUS, PLUS, DOT, ZERO, NINE, LOWER_E, UPPER_E] = [0x2d, 0x2b, 0x2e, 0x30, 0x39, 0x65, 0x45];
/** No text is so long that its digits make up for such an exponent. */
const MAX_EXPONENT = 2 ** 40;
/** What is at least a tenth of 10^magnitude, and below it, is surely infinite for a double, surely 0, or surely a normal one. */
const [INFINITE, VANISHING, LOWEST_NORMAL, HIGHEST_NORMAL] = [310, -325, -306, 308];
/** The first 9 digits of 2^53, and of the largest double. */
const [SAFE_START, HIGHEST_START] = [900_719_925, 179_769_313];
/** Digits that a decimal is told from its double by: 17, and 15 of which a double makes one fraction. */
const COUNTED_DIGITS = 32;

/** The digits of the number that was read last. One for all: to make one for each would cost more than to read it. */
const read = {
  /** Where they end. */
  end: 0,
  /** Before the point, and behind it; -1 without a point. */
  whole: 0,
  fraction: 0,
  /** From the first that is not 0 on; and up to the last that is not 0. */
  digits: 0,
  count: 0,
  /** The first 9 of these, the next 8, the next 15: each as a whole number. */
  high: 0,
  low: 0,
  rest: 0,
};

/**
 * Tells what `readNumber` makes of a number, from its bytes and without making anything: a long text may have millions.
 * What is no JSON number is `plain`: the engine's own parser refuses it.
 */
export function numberKind(text: Uint8Array, start: number, end: number): NumberKind {
  const isNegative = text[start] === MINUS;
  const from = isNegative ? start + 1 : start;
  readDigits(text, from, end);
  const { fraction, whole } = read;
  if (whole === 0 || fraction === 0 || (whole > 1 && text[from] === ZERO)) return 'plain';
  if (read.end === end && fraction < 0) return integerKind(isNegative);
  const exponent = readExponent(text, read.end, end);
  if (exponent === undefined) return 'plain';
  if (read.count === 0) return isNegative ? 'text' : 'plain';
  return decimalKind(read.digits + exponent - Math.max(0, fraction), isNegative);
}

/** Reads the digits that a number begins with. */
function readDigits(text: Uint8Array, from: number, end: number): void {
  let [at, point] = [from, -1];
  let digits = 0;
  let count = 0;
  let high = 0;
  let low = 0;
  let rest = 0;
  for (; at < end; at++) {
    const digit = (text[at] as number) - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (digit > 0) count = digits + 1;
      else if (digits === 0) continue;
      if (digits < 9) high = high * 10 + digit;
      else if (digits < 17) low = low * 10 + digit;
      else if (digits < COUNTED_DIGITS) rest = rest * 10 + digit;
      digits++;
    } else if (text[at] === DOT && point < 0) point = at;
    else break;
  }
  read.end = at;
  read.whole = (point < 0 ? at : point) - from;
  read.fraction = point < 0 ? -1 : at - point - 1;
  read.digits = digits;
  read.count = count;
  read.high = high;
  read.low = low;
  read.rest = rest;
}

function integerKind(isNegative: boolean): NumberKind {
  const { digits, high, low } = read;
  if (digits === 0) return isNegative ? 'text' : 'plain';
  if (digits <= SAFE_DIGITS || (digits === 16 && high * 1e7 + low <= Number.MAX_SAFE_INTEGER)) return 'plain';
  return digits <= MAX_INTEGER_DIGITS ? 'integer' : 'text';
}

/** @param magnitude the number is below this power of ten, and at least a tenth of that */
function decimalKind(magnitude: number, isNegative: boolean): NumberKind {
  const { count } = read;
  if (count > MAX_DIGITS || magnitude >= INFINITE || magnitude <= VANISHING) return 'text';
  const isNormal = magnitude >= LOWEST_NORMAL && magnitude <= HIGHEST_NORMAL;
  const isNearSafe = isNegative && magnitude === 16;
  if (count <= SAFE_DIGITS && isNormal && !isNearSafe) return 'plain';
  const high = nineDigits();
  if (isNearSafe && high === SAFE_START) return 'unsure';
  if (magnitude > HIGHEST_NORMAL && high >= HIGHEST_START) return high > HIGHEST_START ? 'text' : 'unsure';
  return fractionKind(high * 1e8, magnitude - 17);
}

/** The first nine, with zeros behind fewer. */
function nineDigits(): number {
  return read.digits < 9 ? read.high * 10 ** (9 - read.digits) : read.high;
}

/** @param high the first 9 of 17 digits before the point, and zeros @param power of ten, to multiply these with */
function fractionKind(high: number, power: number): NumberKind {
  const { count, digits } = read;
  const low = digits < 17 ? read.low * 10 ** Math.min(8, 17 - digits) : read.low;
  const rest = digits > 17 ? read.rest / 10 ** (Math.min(COUNTED_DIGITS, digits) - 17) : 0;
  const held = isHeld({ count, high, low, rest, power });
  return held === undefined ? 'unsure' : held ? 'plain' : 'text';
}

/** The exponent that is all that follows the digits; 0 where nothing does; `undefined` where that is no exponent. */
function readExponent(text: Uint8Array, start: number, end: number): number | undefined {
  if (start === end) return 0;
  if (text[start] !== LOWER_E && text[start] !== UPPER_E) return undefined;
  const isNegative = text[start + 1] === MINUS;
  const from = isNegative || text[start + 1] === PLUS ? start + 2 : start + 1;
  let exponent = 0;
  for (let at = from; at < end; at++) {
    const byte = text[at] as number;
    if (byte < ZERO || byte > NINE) return undefined;
    exponent = Math.min(MAX_EXPONENT, exponent * 10 + byte - ZERO);
  }
  return from === end ? undefined : isNegative ? -exponent : exponent;
}
