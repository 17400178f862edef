import type { RestTime, RestTimeFormat } from '../../../shared/contract/rest';
import { AGO_MS, coarseStepMs, formatStepMs, patternOf } from '../../../shared/kit/rest/time-format';
import { MONTHS, WEEKDAYS, type TimePattern } from '../../../shared/values/time-pattern';
import { literal, type RequestValue } from './compare-declared';

/** The events that a bound of a request lets through, in milliseconds since 1970. */
export interface ReadTime {
  /** The oldest, if it is the lower bound. */
  readonly firstMs: number;
  /** The newest, if it is the upper bound. */
  readonly lastMs: number;
  /** How much later the newest may be than the end of the reader's window. */
  readonly stepMs: number;
}

/**
 * Reads a bound of a request, as strictly as a vendor may. A bound that is declared exclusive shows nothing of the time that
 * it names.
 * @returns the time, or the problem
 */
export function readTime(value: RequestValue, bound: RestTime, now: Date | undefined): ReadTime | string {
  const { exclusive, format = 'iso' } = bound;
  if (typeof format === 'object' && 'ago' in format) return readAgo(value, format.ago, now);
  const ms = readFormat(value.text, format);
  if (ms === undefined) return `${value.member} is not a time ${wordsOf(format)}`;
  if (exclusive === true) {
    // "After" is behind the whole step, and "before" in front of it.
    const stepMs = formatStepMs(format);
    return { firstMs: ms + stepMs, lastMs: ms - 1, stepMs };
  }
  const stepMs = coarseStepMs([bound]) || 1;
  return { firstMs: ms, lastMs: ms + stepMs - 1, stepMs };
}

/** Another number of digits means another unit. */
const EPOCHS: Readonly<Record<string, readonly [shape: RegExp, toMs: (text: string) => number]>> = {
  'epoch-s': [/^(?:0|\d{9,10})$/, (text) => Number(text) * 1e3],
  'epoch-ms': [/^(?:0|\d{12,13})$/, Number],
  'epoch-us': [/^(?:0+|\d{15,16})$/, (text) => Math.floor(Number(text) / 1e3)],
  'epoch-ns': [/^(?:0+|\d{18,19})$/, (text) => Number(BigInt(text) / 1_000_000n)],
  'epoch-decimal': [/^(?:0|\d{9,10})(?:\.\d{1,6})?$/, (text) => Math.floor(Number(text) * 1e3 + 1e-3)],
};
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

function readFormat(text: string, format: RestTimeFormat): number | undefined {
  const pattern = patternOf(format);
  if (pattern !== undefined) return readPattern(text, pattern);
  const [shape, toMs] = EPOCHS[format as string] ?? [ISO, Date.parse];
  const ms = shape.test(text) ? toMs(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function readPattern(text: string, { parts }: TimePattern): number | undefined {
  const shape = parts.map((part) =>
    'text' in part ? literal(part.text) : `(?<${part.letters}>${shapeOf(part.letters)})`,
  );
  const found = new RegExp(`^${shape.join('')}$`).exec(text)?.groups;
  return found === undefined ? undefined : timeOf(found);
}

function shapeOf(letters: string): string {
  if (letters === 'ddd') return WEEKDAYS.join('|');
  return letters === 'MMM' ? MONTHS.join('|') : `\\d{${letters.length}}`;
}

function timeOf({
  yyyy,
  MM,
  MMM = '',
  dd,
  ddd,
  HH = '00',
  mm = '00',
  ss = '00',
  ...others
}: Groups): number | undefined {
  const month = MM ?? String(MONTHS.indexOf(MMM) + 1).padStart(2, '0');
  const [digits = ''] = Object.values(others);
  const fraction = digits.padEnd(3, '0').slice(0, 3);
  const ms = Date.parse(`${yyyy ?? ''}-${month}-${dd ?? ''}T${HH}:${mm}:${ss}.${fraction}Z`);
  const isDay = ddd === undefined || ddd === WEEKDAYS[new Date(ms).getUTCDay()];
  return Number.isNaN(ms) || !isDay ? undefined : ms;
}

/** The parts of a time by their letters; only the digits of the second are not named. */
type Groups = Readonly<Partial<Record<string, string>>>;

/** The vendor's own clock decides; while fixtures are replayed it has none, and shows them all. */
function readAgo(
  { member, text }: RequestValue,
  unit: keyof typeof AGO_MS,
  now: Date | undefined,
): ReadTime | string {
  const units = (unit === 'iso' ? /^PT(\d+)S$/ : /^(\d+)$/).exec(text)?.[1];
  if (units === undefined)
    return `${member} is not a number of ${unit === 'iso' ? 'seconds in ISO 8601' : unit}`;
  const ms = now === undefined ? Number.NEGATIVE_INFINITY : now.getTime() - Number(units) * AGO_MS[unit];
  return { firstMs: ms, lastMs: ms, stepMs: 1 };
}

const WORDS: Readonly<Record<string, string>> = {
  iso: 'in ISO 8601 and UTC',
  'iso-s': 'in ISO 8601 and UTC, with whole seconds',
  'epoch-s': 'in epoch seconds',
  'epoch-ms': 'in epoch milliseconds',
};

function wordsOf(format: RestTimeFormat): string {
  if (typeof format === 'string') return WORDS[format] ?? `in the format ${format}`;
  return `in the format ${'pattern' in format ? format.pattern : format.ago}`;
}
