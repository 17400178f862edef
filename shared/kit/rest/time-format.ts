import type { RestSpec, RestTime, RestTimeFormat } from '../../contract/rest';
import { compileTimePattern, writeTimePattern, type TimePattern } from '../../values/time-pattern';

const DAY_MS = 86_400_000;
/** What a format's text is made of. */
type Words = Exclude<RestTimeFormat, object>;
type Ago = Extract<RestTimeFormat, { readonly ago: unknown }>['ago'];

/** The formats that are patterns with a name. */
const PATTERNS: Partial<Record<Words, string>> = {
  'iso-s': 'yyyy-MM-ddTHH:mm:ssZ',
  date: 'yyyy-MM-dd',
  rfc2822: 'ddd, dd MMM yyyy HH:mm:ss +0000',
};
/** How many digits of the second each epoch has. */
const EPOCHS: Partial<Record<Words, number>> = { 'epoch-s': 0, 'epoch-ms': 3, 'epoch-us': 6, 'epoch-ns': 9 };
export const AGO_MS: Readonly<Record<Ago, number>> = {
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: DAY_MS,
  iso: 1_000,
};
/** Beyond a second, windows keep to the second and the records are taken by their time. */
const COARSEST_STEP_MS = 1_000;
/** How long a request may wait, and how far the vendor's clock may be ahead, before a time that is said as "ago" is too late. */
export const AGO_MARGIN_MS = 15 * 60_000;

/** The names of the formats without members. */
export const FORMATS: readonly Words[] = [
  ...(['iso', 'iso-s', 'date', 'rfc2822'] as const),
  ...(['epoch-s', 'epoch-ms', 'epoch-us', 'epoch-ns', 'epoch-decimal'] as const),
];

/** The pattern of a format that has one. @throws Error with the reason, if it is malformed */
export function patternOf(format: RestTimeFormat = 'iso'): TimePattern | undefined {
  const pattern =
    typeof format === 'string' ? PATTERNS[format] : 'pattern' in format ? format.pattern : undefined;
  return pattern === undefined ? undefined : compileTimePattern(pattern);
}

/** What the last digit of a format stands for, in milliseconds; at least 1. */
export function formatStepMs(format: RestTimeFormat = 'iso'): number {
  if (typeof format === 'object' && 'ago' in format) return AGO_MS[format.ago];
  return patternOf(format)?.stepMs ?? (format === 'epoch-s' ? 1_000 : 1);
}

/** The step of a window's bounds, in milliseconds: what each of these parameters can hold, at most a second. */
export function stepOf(parameters: readonly (RestTime | undefined)[]): number {
  const steps = parameters.map((one) => formatStepMs(one?.format));
  return Math.min(COARSEST_STEP_MS, Math.max(...steps));
}

/** True if the lower bound of a read shows records before it. They belong to other windows. */
export function showsEarlier({ since }: RestSpec): boolean {
  return isAgo(since?.format) || since?.exclusive === true || coarseStepMs([since]) > 0;
}

/** True if the vendor shows records behind the upper bound of a read. They belong to other windows. */
export function showsLater({ until }: RestSpec): boolean {
  return until === undefined || until.exclusive === true || coarseStepMs([until]) > 0;
}

/** The step of the coarsest of these formats, if it is coarser than a window's bounds; otherwise 0. */
export function coarseStepMs(parameters: readonly (RestTime | undefined)[]): number {
  const steps = parameters.map((one) => (isAgo(one?.format) ? 1 : formatStepMs(one?.format)));
  const coarsest = Math.max(...steps);
  return coarsest > COARSEST_STEP_MS ? coarsest : 0;
}

/** True for a format that says how long ago a time is. */
export function isAgo(format: RestTimeFormat | undefined): boolean {
  return typeof format === 'object' && 'ago' in format;
}

/** True for a format that is a number in a JSON body. */
export function isNumber(format: RestTimeFormat = 'iso'): boolean {
  if (typeof format === 'object') return 'ago' in format && format.ago !== 'iso';
  return format.startsWith('epoch');
}

/** Writes the lower bound of a read. */
export function writeSince({ since = {} }: RestSpec, time: string, now: Date): string | number | bigint {
  return writeTime(since.exclusive === true ? moved(time, since, -1) : time, since, now);
}

/** Writes the upper bound of a read. */
export function writeUntil({ until = {} }: RestSpec, time: string): string | number | bigint {
  return writeTime(until.exclusive === true ? moved(time, until, 1) : time, until, new Date(time));
}

/** A time that is some steps of a format later, on a step. */
function moved(time: string, { format }: RestTime, steps: number): string {
  const stepMs = formatStepMs(format);
  return new Date((Math.floor(Date.parse(time) / stepMs) + steps) * stepMs).toISOString();
}

function writeTime(time: string, { format = 'iso' }: RestTime, now: Date): string | number | bigint {
  if (typeof format === 'object' && 'ago' in format) return writeAgo(time, format.ago, now);
  const pattern = patternOf(format);
  if (pattern !== undefined) return writeTimePattern(pattern, time);
  return format === 'iso' ? time : writeEpoch(time, format as Words);
}

/** Works on the digits, because a double cannot hold them all. */
function writeEpoch(time: string, format: Words): number | bigint {
  const seconds = String(Math.floor(Date.parse(time) / 1e3));
  const digits = time.slice(20, -1).padEnd(9, '0');
  if (format === 'epoch-decimal') return Number(`${seconds}.${digits.slice(0, 6)}`);
  const text = seconds + digits.slice(0, EPOCHS[format]);
  return format === 'epoch-ns' ? BigInt(text) : Number(text);
}

function writeAgo(time: string, unit: Ago, now: Date): string | number {
  const units = Math.ceil((now.getTime() + AGO_MARGIN_MS - Date.parse(time)) / AGO_MS[unit]);
  return unit === 'iso' ? `PT${units}S` : units;
}
