import { Cron } from 'croner';
import { scheduleProblem } from '../../../shared/values/ncrontab';
import { timeSpanMs } from '../../../shared/values/time-span';

/** When a timer fires, in UTC. */
export interface Schedule {
  /** As written, with app settings inserted. */
  readonly text: string;
  /** True when it fires more than once a minute: such a timer's status is not kept. */
  readonly isSubMinute: boolean;
  /** The first occurrence strictly after `time`. */
  next(time: Date): Date;
}

const DOCS =
  'https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions';
const MINUTE_MS = 60_000;

/**
 * Reads a schedule: an NCRONTAB expression or, as on an App Service plan, a TimeSpan between two runs. What the checks
 * of `shared/` refuse is refused here; croner computes the occurrences.
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

/** @throws Error for what Azure reads and croner does not: a step beyond its field, as in `*\/90` */
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

/** Names cut to the three letters that croner reads: NCRONTAB takes `January` and `Monday` too. */
function shortNames(field: string): string {
  return field.replace(/[A-Za-z]+/g, (name) => name.slice(0, 3));
}
