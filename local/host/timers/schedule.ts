import { Cron } from 'croner';
import { messageOf } from '../errors';
import { parseTimeSpan } from '../time-span';

/** When a timer fires, in UTC. */
export interface Schedule {
  /** As written, after app settings were put in. */
  readonly text: string;
  /** True when it fires more than once a minute: such a timer's status is not kept. */
  readonly isSubMinute: boolean;
  /** The first occurrence strictly after `time`. */
  next(time: Date): Date;
}

const DOCS =
  'https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions';
const NAMES = new Set(
  'jan feb mar apr may jun jul aug sep oct nov dec sun mon tue wed thu fri sat'.split(' '),
);
const MINUTE_MS = 60_000;

/**
 * Reads a schedule: an NCRONTAB expression or, as on an App Service plan, a TimeSpan between two runs.
 * @throws Error saying what is wrong
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#timespan
 */
export function parseSchedule(text: string): Schedule {
  return text.includes(':') ? parseConstant(text) : parseCron(text);
}

function parseConstant(text: string): Schedule {
  const everyMs = parseTimeSpan(text.trim());
  if (everyMs === 0) throw new Error(`"${text}" leaves no time between two runs. See ${DOCS}`);
  return {
    text,
    isSubMinute: everyMs < MINUTE_MS,
    next: (time) => new Date(time.getTime() + everyMs),
  };
}

/**
 * Reads an NCRONTAB expression: `second minute hour day month weekday`, or five fields with second 0.
 * A day must match both day-of-month and weekday, unlike cron, where one is enough.
 * Refused is what croner knows and Azure does not (`L`, `W`, `#`, `?`, `@daily`, weekday 7).
 * @throws Error saying what is wrong
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 */
function parseCron(text: string): Schedule {
  const fields = text.trim().split(/\s+/);
  const six = fields.length === 5 ? ['0', ...fields] : fields;
  try {
    const cron = new Cron(six.map(checkField).join(' '), {
      mode: '6-part',
      timezone: 'UTC',
      domAndDow: true, // both days must match
      sloppyRanges: true, // NCRONTAB allows 5/15: from 5 on, every 15
    });
    const next = (time: Date): Date => {
      const found = cron.nextRun(time);
      if (found === null) throw new Error('it never fires');
      return found;
    };
    const first = next(new Date(0));
    const isEveryMinute = six.slice(1).every((field) => field === '*');
    return { text, next, isSubMinute: isEveryMinute && next(first).getTime() - first.getTime() < MINUTE_MS };
  } catch (error) {
    throw new Error(
      `"${text}" is not a schedule that Azure's timers read: ${messageOf(error)}. See ${DOCS}`,
      {
        cause: error,
      },
    );
  }
}

/** One field, its names cut to the three letters croner reads: NCRONTAB takes `January` and `Monday` too. */
function checkField(field: string, index: number, fields: readonly string[]): string {
  if (fields.length !== 6) {
    throw new Error(`it has ${fields.length} fields instead of six (second minute hour day month weekday)`);
  }
  if (!/^[0-9A-Za-z*,/-]+$/.test(field)) throw new Error(`"${field}" has a character that has no meaning`);
  if (index === 5 && /(^|[,-])7/.test(field)) throw new Error('weekdays run from 0 (Sunday) to 6');
  return field.replace(/[A-Za-z]+/g, (name) => {
    const short = name.slice(0, 3).toLowerCase();
    if (!NAMES.has(short)) throw new Error(`"${name}" is no month and no weekday`);
    return short;
  });
}
