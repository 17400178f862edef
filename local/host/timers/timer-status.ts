import type { ContainerClient } from '@azure/storage-blob';
import { messageOf } from '../errors';
import type { Schedule } from './schedule';

/** The stored status of a timer. `last` is undefined before the first call. */
export interface TimerStatus {
  readonly last: Date | undefined;
  readonly next: Date;
  readonly lastUpdated: Date | undefined;
}

/** Stores the status of one timer; `read` resolves to undefined when there is none. */
export interface TimerStatusStore {
  read(): Promise<TimerStatus | undefined>;
  write(status: TimerStatus): Promise<void>;
}

/** .NET's `default(DateTime)`, which the blob contains for "never". */
const NEVER = '0001-01-01T00:00:00+00:00';

/**
 * Uses the same blob as Azure's host: `timers/{hostId}/{function}/status` in `azure-webjobs-hosts`. A damaged blob is reported
 * to `onDamage` and counts as missing.
 */
export function createTimerStatusStore(
  container: ContainerClient,
  {
    hostId,
    name,
    onDamage,
  }: { readonly hostId: string; readonly name: string; onDamage(message: string): void },
): TimerStatusStore {
  const blob = container.getBlockBlobClient(`timers/${hostId}/${name}/status`);
  return {
    async read() {
      if (!(await blob.exists())) return undefined;
      const text = (await blob.downloadToBuffer()).toString('utf8');
      try {
        return parse(text);
      } catch (error) {
        onDamage(
          `The status of timer ${name} (blob ${blob.name}) cannot be read and is reset: ${messageOf(error)}`,
        );
        return undefined;
      }
    },
    async write(status) {
      const text = JSON.stringify(toBlob(status));
      await blob.upload(text, Buffer.byteLength(text), {
        blobHTTPHeaders: { blobContentType: 'application/json' },
      });
    },
  };
}

/** The status in the form of the blob, and of the function's `timer.scheduleStatus`. */
export function toBlob(status: TimerStatus): Readonly<Record<'Last' | 'Next' | 'LastUpdated', string>> {
  return {
    Last: status.last?.toISOString() ?? NEVER,
    Next: status.next.toISOString(),
    LastUpdated: status.lastUpdated?.toISOString() ?? NEVER,
  };
}

/**
 * The status that a starting timer continues from, and whether an occurrence was missed while no host ran. Never past due: the
 * first start, and a start with a changed schedule.
 * @see https://github.com/Azure/azure-webjobs-sdk-extensions (ScheduleMonitor.CheckPastDueAsync)
 */
export async function openTimerStatus(
  store: TimerStatusStore,
  schedule: Schedule,
  now: Date,
): Promise<{ readonly status: TimerStatus; readonly isPastDue: boolean }> {
  const stored = await store.read();
  if (stored === undefined)
    return fresh(store, { last: undefined, next: schedule.next(now), lastUpdated: now });
  const since = stored.last ?? stored.lastUpdated ?? now;
  const expected = schedule.next(since);
  if (expected.getTime() === stored.next.getTime()) return { status: stored, isPastDue: now > stored.next };
  const isOver = now > expected;
  const next = isOver ? schedule.next(now) : expected;
  return fresh(store, { last: undefined, next, lastUpdated: isOver ? now : since });
}

async function fresh(
  store: TimerStatusStore,
  status: TimerStatus,
): Promise<{ status: TimerStatus; isPastDue: boolean }> {
  await store.write(status);
  return { status, isPastDue: false };
}

function parse(text: string): TimerStatus {
  const { Last, Next, LastUpdated } = JSON.parse(text) as Readonly<Record<string, string>>;
  const next = toDate(Next);
  if (next === undefined) throw new Error('its member Next is missing');
  return { last: toDate(Last), next, lastUpdated: toDate(LastUpdated) };
}

function toDate(text: string | undefined): Date | undefined {
  const date = new Date(text ?? NaN);
  // Year 1 means "never", in any time zone.
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1970 ? undefined : date;
}
