/*
 * A double holds a decimal of n digits if the double, written with n digits, is that decimal again: if the two differ by at
 * most half a unit of the last digit. Writing the double to compare the texts costs several times as much as
 * reading it. This file computes the difference in pairs of doubles instead, whose sum has twice the digits of one.
 * @see https://doi.org/10.1007/BF01397083 T. J. Dekker, A floating-point technique for extending the available precision
 */

/** A power of ten, divided by the power of two below it, so that no result leaves a double's range. */
interface Scale {
  readonly exponent: number;
  readonly power: number;
  /** The inverse of `power` is `high` + `low`, with an error of at most 2^-100. */
  readonly high: number;
  readonly low: number;
}

/** Far above the error of these computations, in units of the 17th digit. */
const MARGIN = 1e-13;
/** 2^27 + 1 splits a double into two halves of 26 bits. */
const SPLITTER = 134_217_729;
/** The exponent of the power of two of which all doubles below 2^-1022 are multiples. */
const SMALLEST_EXPONENT = -1074;
const LOWEST_POWER = -400;

/** By number of digits: half a unit of the last digit, in units of the 17th. */
const HALVES = Array.from({ length: 102 }, (_, count) => 0.5 * 10 ** (17 - count));
/** By power of ten, from 10^LOWEST_POWER. Each is computed when it is first needed. */
const scales: Scale[] = [];
/** The powers of 5, by exponent. */
const fives: bigint[] = [];

/**
 * True if the nearest double holds a decimal above 0; `undefined` if the result is too close to decide here.
 * The decimal is (`high` + `low` + `rest`) · 10^`power`, with 17 digits before the point. These are separate parameters,
 * because creating an object for each number would cost more than the comparison.
 * @param count the number of digits from the first to the last that is not 0
 * @param high the first 9 of them, followed by 8 zeros: a double holds that exactly
 * @param low the next 8 digits
 * @param rest the digits after these, as a fraction of the 17th
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
  // Subtracting its distance gives the nearest double. If two doubles are equally near, both have the same distance.
  let nearest = near - distance(near, high, low, rest, scale) * scale.power;
  if (power < -320) nearest = roundToMultiple(nearest, 2 ** (SMALLEST_EXPONENT - scale.exponent));
  else if (power > 290 && nearest * 2 ** scale.exponent > Number.MAX_VALUE) return false;
  const apart = Math.abs(distance(nearest, high, low, rest, scale));
  const half = HALVES[count] as number;
  return Math.abs(apart - half) < MARGIN * Math.max(1, half) ? undefined : apart < half;
}

/**
 * The same for any decimal, in exact integers: `digits` · 10^`power`, where the last digit is not 0. A double halfway between
 * two decimals counts as the upper one.
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

/** The exact difference between the product of two doubles and its rounded value. */
function roundedOff(a: number, b: number, product: number): number {
  const highA = a * SPLITTER - (a * SPLITTER - a);
  const highB = b * SPLITTER - (b * SPLITTER - b);
  const lowA = a - highA;
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

/** Rounds a scaled double to the coarser precision of doubles below 2^-1022. */
function roundToMultiple(value: number, unit: number): number {
  const shift = 2 ** 52 * unit;
  return value < shift ? value + shift - shift : value;
}

function scaleOf(power: number): Scale {
  const exponent = Math.floor(power * Math.log2(10));
  const ten = 10n ** BigInt(Math.abs(power));
  const two = 2n ** BigInt(Math.abs(exponent));
  const [over, under] = power < 0 ? [ten, two] : [two, ten];
  // The inverse, times 2^160.
  const inverse = (over << 160n) / under;
  const high = Number(inverse);
  return {
    exponent,
    power: 2 ** 160 / high,
    high: high / 2 ** 160,
    low: Number(inverse - BigInt(high)) / 2 ** 160,
  };
}
