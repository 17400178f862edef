/*
 * A decimal of n digits is held by its double when the double, written with n digits, is that decimal again: when the two
 * are at most half a unit of the last digit apart. Writing the double to compare the texts costs several times what
 * reading it does. Here the distance is computed in pairs of doubles, whose sum has twice the digits of one.
 * @see https://doi.org/10.1007/BF01397083 T. J. Dekker, A floating-point technique for extending the available precision
 */

/** A power of ten, divided by the power of two below it: so nothing leaves a double's range. */
interface Scale {
  readonly exponent: number;
  readonly power: number;
  /** Its inverse is the sum of these two, but for a 2^100th. */
  readonly high: number;
  readonly low: number;
}

/** Far above the error of what is computed here, in units of the 17th digit. */
const MARGIN = 1e-13;
/** 2^27 + 1 cuts a double into two halves of 26 bits. */
const SPLITTER = 134_217_729;
/** The doubles below 2^-1022 are multiples of this power of two. */
const SMALLEST_EXPONENT = -1074;
const LOWEST_POWER = -400;

/** Half a unit of the last of so many digits, in units of the 17th. */
const HALVES = Array.from({ length: 102 }, (_, count) => 0.5 * 10 ** (17 - count));
/** From 10^LOWEST_POWER on; each is made when it is first needed. */
const scales: Scale[] = [];
/** The powers of 5. */
const fives: bigint[] = [];

/**
 * Whether the nearest double holds a decimal above 0; `undefined` where that is too close to be told from this.
 * The decimal is (`high` + `low` + `rest`) · 10^`power`, with 17 digits before the point. To make an object of these for
 * each would cost more than to compare them.
 * @param count digits from the first to the last that is not 0
 * @param high the first 9 of them, and zeros for 8 more: a double holds that
 * @param low the next 8
 * @param rest what follows them, as a fraction of the 17th
 */
export function isExactDouble(
  count: number,
  high: number,
  low: number,
  rest: number,
  power: number,
): boolean | undefined {
  const scale = (scales[power - LOWEST_POWER] ??= scaleOf(power));
  const near = (high + low) * scale.power;
  // Corrected by its distance it is the nearest; of two that are as near, both have the same distance.
  let nearest = near - distance(near, high, low, rest, scale) * scale.power;
  if (power < -320) nearest = roundToMultiple(nearest, 2 ** (SMALLEST_EXPONENT - scale.exponent));
  else if (power > 290 && nearest * 2 ** scale.exponent > Number.MAX_VALUE) return false;
  const apart = Math.abs(distance(nearest, high, low, rest, scale));
  const half = HALVES[count] as number;
  return Math.abs(apart - half) < MARGIN * Math.max(1, half) ? undefined : apart < half;
}

/**
 * The same of any decimal, in whole numbers: digits · 10^power, of which the last digit is not 0. A border belongs to what
 * is above it.
 * @param value the nearest double
 */
export function isExactDoubleOf(value: number, digits: bigint, power: number): boolean {
  const exponent = Math.max(SMALLEST_EXPONENT, Math.floor(Math.log2(value)) - 53);
  let [unit, written, held] = [1n, digits, BigInt(value / 2 ** exponent)];
  if (power < 0) held *= fiveTo(-power);
  else [unit, written] = [fiveTo(power), digits * fiveTo(power)];
  const apart = exponent - power;
  if (apart > 0) held <<= BigInt(apart);
  else [unit, written] = [unit << BigInt(-apart), written << BigInt(-apart)];
  const twice = (held - written) * 2n;
  return twice >= -unit && twice < unit;
}

function fiveTo(power: number): bigint {
  return (fives[power] ??= 5n ** BigInt(power));
}

/** How far a double is above a decimal, in units of the decimal's 17th digit. */
function distance(value: number, high: number, low: number, rest: number, scale: Scale): number {
  const product = value * scale.high;
  return product - high - low - rest + (roundedOff(value, scale.high, product) + value * scale.low);
}

/** What the product of two doubles has more than the double that it was rounded to: exact. */
function roundedOff(a: number, b: number, product: number): number {
  const highA = a * SPLITTER - (a * SPLITTER - a);
  const highB = b * SPLITTER - (b * SPLITTER - b);
  const lowA = a - highA;
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

/** Of a normal double, which has finer bits, what one below 2^-1022 has. */
function roundToMultiple(value: number, unit: number): number {
  const shift = 2 ** 52 * unit;
  return value < shift ? value + shift - shift : value;
}

function scaleOf(power: number): Scale {
  const exponent = Math.floor(power * Math.log2(10));
  const ten = 10n ** BigInt(Math.abs(power));
  const two = 2n ** BigInt(Math.abs(exponent));
  const [over, under] = power < 0 ? [ten, two] : [two, ten];
  // 2^160 times the inverse: 160 bits of it.
  const inverse = (over << 160n) / under;
  const high = Number(inverse);
  return {
    exponent,
    power: 2 ** 160 / high,
    high: high / 2 ** 160,
    low: Number(inverse - BigInt(high)) / 2 ** 160,
  };
}
