import { messageOf } from '../errors';
import type { Log } from '../host-log';
import { type RetryPolicy, withRetries } from '../queues/retry-policy';
import type { RetryContext, TypedData } from '../worker/rpc';
import type { Schedule } from './schedule';
import { type TimerStatus, type TimerStatusStore, openTimerStatus, toBlob } from './timer-status';
import { waitUntil } from '../wait';

export interface TimerOptions {
  readonly name: string;
  readonly schedule: Schedule;
  readonly runOnStartup: boolean;
  /** Undefined if the status is not stored: then there is no past-due call and no `scheduleStatus`. */
  readonly store: TimerStatusStore | undefined;
  readonly retry: RetryPolicy | undefined;
  /** Runs the function once; first waits for a worker that is restarting. Logs the function's failure. */
  readonly invoke: (timer: TypedData, retry?: RetryContext) => Promise<void>;
  readonly now: () => Date;
  readonly log: Log;
}

export interface RunningTimer {
  /** The next occurrence; in the past while the function runs. */
  readonly next: Date;
  /** Stops the schedule; resolves when a call in progress has ended. */
  stop(): Promise<void>;
}

/**
 * Runs one timer as Azure's listener does. Calls never overlap: the next occurrence is computed after a call has ended, and all
 * occurrences that passed meanwhile cause one call at most. A failing function, or a status that cannot be saved, does not stop
 * the schedule.
 * @throws when the stored status cannot be read
 * @see https://github.com/Azure/azure-webjobs-sdk-extensions (TimerListener)
 */
export async function startTimer(options: TimerOptions): Promise<RunningTimer> {
  const { schedule, store, now } = options;
  const stopping = new AbortController();
  const opened =
    store === undefined
      ? { status: { last: undefined, next: schedule.next(now()), lastUpdated: undefined }, isPastDue: false }
      : await openTimerStatus(store, schedule, now());
  const timer: Timer = { options, signal: stopping.signal, status: opened.status };
  const ended = run(timer, opened.isPastDue);
  return {
    get next() {
      return timer.status.next;
    },
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

interface Timer {
  readonly options: TimerOptions;
  readonly signal: AbortSignal;
  status: TimerStatus;
}

async function run(timer: Timer, isPastDue: boolean): Promise<void> {
  const { now, runOnStartup } = timer.options;
  if (isPastDue) await fire(timer, 'pastDue');
  else if (runOnStartup) await fire(timer, 'startup');
  for (;;) {
    await waitUntil(timer.status.next, now, timer.signal);
    if (timer.signal.aborted) return;
    await fire(timer, 'scheduled');
  }
}

async function fire(timer: Timer, reason: 'scheduled' | 'pastDue' | 'startup'): Promise<void> {
  const { retry, store, schedule, now, invoke } = timer.options;
  const startedAt = now();
  const input = timerInput(reason === 'pastDue', store === undefined ? undefined : timer.status);
  try {
    await withRetries(retry, (context) => invoke(input, context), timer.signal);
  } catch {
    // The failure has been logged; the schedule continues.
  }
  // A timer may fire slightly early. The same occurrence must not fire again.
  const last = reason === 'scheduled' && timer.status.next > startedAt ? timer.status.next : startedAt;
  timer.status = { last, next: schedule.next(last), lastUpdated: last };
  await save(timer);
}

async function save({ options: { store, name, log }, status }: Timer): Promise<void> {
  try {
    await store?.write(status);
  } catch (error) {
    const message = `The status of timer ${name} was not saved: ${messageOf(error)}`;
    log({ level: 'error', category: 'Host.Timers', functionName: name, message });
  }
}

/** The timer's input in the protocol's form; the library lowers the first letters of the members. */
export function timerInput(isPastDue: boolean, status: TimerStatus | undefined): TypedData {
  const ScheduleStatus = status === undefined ? null : toBlob(status);
  return { json: JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus, IsPastDue: isPastDue }) };
}
