/** A field of an NCRONTAB expression: what it counts, and from what to what. */
interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names in the place of numbers, in order from `from`; their first three letters count. */
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
 * Says what is wrong with an NCRONTAB expression, `second minute hour day month weekday`, or five fields with second 0;
 * `undefined` when a timer can fire by it. A timer with another one keeps the whole app from loading.
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 */
export function scheduleProblem(text: string): string | undefined {
  const fields = text.trim().split(/\s+/);
  const six = fields.length === 5 ? ['0', ...fields] : fields;
  if (six.length !== FIELDS.length) return `it has ${fields.length} fields in place of six`;
  const values = FIELDS.map((field, index) => valuesOf(six[index] ?? '', field));
  const wrong = values.findIndex((found) => found === undefined);
  if (wrong >= 0) return `${six[wrong]} is no ${FIELDS[wrong]?.name}`;
  const [, , , days = [], months = []] = values;
  const fires = months.some((month) => days.some((day) => day <= (DAYS_IN_MONTH[month - 1] ?? 0)));
  return fires ? undefined : 'no such day is in the calendar';
}

/** Every value that a field names; `undefined` when it is none. */
function valuesOf(text: string, field: Field): readonly number[] | undefined {
  const found = text.split(',').map((item) => valuesOfItem(item, field));
  return found.every((values) => values !== undefined) ? found.flat() : undefined;
}

/** `*`, `5`, `5-10` or `MON`, each perhaps with a step: `5/15` is from five on. */
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
