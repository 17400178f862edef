import { Cron } from 'croner';
import { scheduleProblem } from '../../../shared/values/ncrontab';
import { timeSpanMs } from '../../../shared/values/time-span';

/** When a timer fires, in UTC. */
export interface Schedule {
  /** The declared text, with app settings inserted. */
  readonly text: string;
  /** True if it fires more often than once a minute; the status of such a timer is not stored. */
  readonly isSubMinute: boolean;
  /** The first occurrence strictly after `time`. */
  next(time: Date): Date;
}

const DOCS =
  'https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions';
const MINUTE_MS = 60_000;

/**
 * Parses a schedule: an NCRONTAB expression or, as on an App Service plan, a TimeSpan between two runs. `shared/` validates it;
 * croner computes the occurrences.
 * @throws Error saying what is wrong
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer
 */
export function parseSchedule(text: string): Schedule {
  const problem = scheduleProblem(text);
  if (problem !== undefined)
    throw new Error(`"${text}" is not a schedule that Azure Functions accepts: ${problem}. See ${DOCS}`);
  const everyMs = timeSpanMs(text);
  if (everyMs === undefined) return parseCron(text);
  return {
    text,
    isSubMinute: everyMs < MINUTE_MS,
    next: (time) => new Date(time.getTime() + everyMs),
  };
}

/** An NCRONTAB expression. A day must match both day-of-month and weekday, unlike cron, where one is enough. */
function parseCron(text: string): Schedule {
  const fields = text.trim().split(/\s+/);
  const six = fields.length === 5 ? ['0', ...fields] : fields;
  const cron = readCron(text, six.map(shortNames).join(' '));
  const next = (time: Date): Date => {
    const found = cron.nextRun(time);
    if (found === null) throw new Error(`"${text}" never fires after ${time.toISOString()}`);
    return found;
  };
  const first = next(new Date(0));
  const isEveryMinute = six.slice(1).every((field) => field === '*');
  return { text, next, isSubMinute: isEveryMinute && next(first).getTime() - first.getTime() < MINUTE_MS };
}

/** @throws Error for a step larger than its field, as in `*\/90`: Azure accepts it and croner does not */
function readCron(text: string, expression: string): Cron {
  try {
    return new Cron(expression, {
      mode: '6-part',
      timezone: 'UTC',
      domAndDow: true, // both days must match
      sloppyRanges: true, // NCRONTAB allows 5/15: from 5 on, every 15
    });
  } catch (cause) {
    throw new Error(`"${text}" cannot be run by the local host: ${(cause as Error).message}. See ${DOCS}`, {
      cause,
    });
  }
}

/** Shortens names to the three letters that croner reads: NCRONTAB also accepts `January` and `Monday`. */
function shortNames(field: string): string {
  return field.replace(/[A-Za-z]+/g, (name) => name.slice(0, 3));
}
