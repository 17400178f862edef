import { timeSpanMs, timeSpanProblem } from './time-span';

/** A field of an NCRONTAB expression, and its range. */
interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names for its numbers, in order from `from`. The first three letters count. */
  readonly words?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'second', from: 0, to: 59 },
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, words: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ') },
  { name: 'weekday', from: 0, to: 6, words: 'sun mon tue wed thu fri sat'.split(' ') },
];
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Why a timer's schedule is invalid; `undefined` if it is valid. A schedule is an NCRONTAB expression (`second minute hour
 * day month weekday`, or five fields for second 0) or a TimeSpan such as `00:05:00`. An invalid one keeps the whole app
 * from loading. croner does not fit: it accepts what Azure does not (`L`, `#`, `?`, `@daily`, weekday 7), and reports
 * neither the wrong field nor the longest interval. Only the local host needs its occurrences.
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 */
export function scheduleProblem(text: string): string | undefined {
  const spanMs = timeSpanMs(text);
  if (spanMs !== undefined) return spanMs > 0 ? undefined : 'it leaves no time between two runs';
  const spanProblem = timeSpanProblem(text);
  if (spanProblem !== undefined) return spanProblem;
  const fields = text.trim().split(/\s+/);
  const six = sixOf(fields);
  if (six.length !== FIELDS.length) return `it has ${fields.length} fields instead of six`;
  const values = FIELDS.map((field, index) => valuesOf(six[index] ?? '', field));
  const wrong = values.findIndex((found) => found === undefined);
  if (wrong >= 0) return `${six[wrong]} is not a valid ${FIELDS[wrong]?.name}`;
  const [, , , days = [], months = []] = values;
  const fires = months.some((month) => days.some((day) => day <= (DAYS_IN_MONTH[month - 1] ?? 0)));
  return fires ? undefined : 'no such day is in the calendar';
}

/** The calendar repeats after 28 years, except around years such as 2100. */
const CALENDAR_DAYS = 28 * 365.25;
const DAY_MS = 24 * 3_600_000;

/**
 * The longest interval between two runs of a schedule, in milliseconds; 0 for an invalid one. Both day and weekday must
 * match. UTC.
 */
export function longestIntervalMs(text: string): number {
  if (scheduleProblem(text) !== undefined) return 0;
  const spanMs = timeSpanMs(text);
  if (spanMs !== undefined) return spanMs;
  const six = sixOf(text.trim().split(/\s+/));
  const [seconds, minutes, hours, days, months, weekdays] = FIELDS.map(
    (field, index) => new Set(valuesOf(six[index] ?? '', field)),
  ) as [Set<number>, Set<number>, Set<number>, Set<number>, Set<number>, Set<number>];
  const times = [...hours].flatMap((hour) =>
    [...minutes].flatMap((minute) =>
      [...seconds].map((second) => (hour * 60 + minute) * 60_000 + second * 1_000),
    ),
  );
  const first = Date.UTC(2000, 0, 1);
  const firing = Array.from({ length: CALENDAR_DAYS }, (_, day) => first + day * DAY_MS).filter((at) => {
    const date = new Date(at);
    return (
      days.has(date.getUTCDate()) && months.has(date.getUTCMonth() + 1) && weekdays.has(date.getUTCDay())
    );
  });
  const sorted = times.sort((a, b) => a - b);
  const [earliest = 0, latest = 0] = [sorted[0], sorted.at(-1)];
  const overNight = longestGap([...firing, (firing[0] ?? 0) + CALENDAR_DAYS * DAY_MS]) - latest + earliest;
  return Math.max(overNight, longestGap(sorted));
}

/** @param values rising */
function longestGap(values: readonly number[]): number {
  return values.reduce((longest, value, at) => Math.max(longest, value - (values[at - 1] ?? value)), 0);
}

/** Five fields have second 0. */
function sixOf(fields: readonly string[]): readonly string[] {
  return fields.length === 5 ? ['0', ...fields] : fields;
}

/** All values of a field; `undefined` for a field that Azure does not accept. */
function valuesOf(text: string, field: Field): readonly number[] | undefined {
  const found = text.split(',').map((item) => valuesOfItem(item, field));
  return found.every((values) => values !== undefined) ? found.flat() : undefined;
}

/** Parses `*`, `5`, `5-10` or `MON`, each with an optional step. `5/15` starts at five. */
function valuesOfItem(item: string, field: Field): readonly number[] | undefined {
  const [, first = '', last, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item) ?? [];
  const from = first === '*' ? field.from : numberOf(first, field);
  const to =
    last !== undefined ? numberOf(last, field) : first === '*' || step !== undefined ? field.to : from;
  const every = Number(step ?? '1');
  if (from === undefined || to === undefined || from > to || every < 1) return undefined;
  if (first === '*' && last !== undefined) return undefined;
  return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, index) => from + index * every);
}

function numberOf(text: string, { from, to, words = [] }: Field): number | undefined {
  const word = words.indexOf(text.slice(0, 3).toLowerCase());
  if (word >= 0) return from + word;
  const value = /^\d+$/.test(text) ? Number(text) : -1;
  return value >= from && value <= to ? value : undefined;
}
