import { formatId } from '../contract/checkpoint';
import { SettingError } from '../contract/errors';
import type { Json } from '../contract/json';
import { LEASE_MS, type Clock, type Log, type TriggerMessage, type TriggerQueue } from '../contract/run';
import { shouldRequeue } from '../pull/no-progress';
import { isPathSegment } from '../values/names';
import { isObject } from '../values/json-path';
import type { Stores } from './stores';

/**
 * Handles one trigger message. A message that names no source, or a source that is off, is logged and dropped.
 * @param answer runs the source; returns `busy` when another run holds the lease @param back queues the message again then
 */
export async function handleTriggerMessage(
  message: unknown,
  log: Log,
  answer: (id: TriggerMessage) => Promise<unknown>,
  back?: (id: TriggerMessage) => Promise<void>,
): Promise<void> {
  const id = sourceNamedIn(message);
  try {
    if (id === undefined) {
      throw new SettingError(
        'reading a trigger message: it names no source. It is dropped, because stored state says what is left to do.',
      );
    }
    if ((await answer(id)) === 'busy') await back?.(id);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    log.warn({ ...id, reason: error.message }, 'trigger message dropped');
  }
}

/** The source that a message names. Anyone who may write to the queue may have written it, so its names must not be paths. */
function sourceNamedIn(message: unknown): TriggerMessage | undefined {
  if (!isObject(message as Json)) return undefined;
  const { backfill, connector, instance, source } = message as Partial<Record<keyof TriggerMessage, unknown>>;
  if (!isPathSegment(connector) || !isPathSegment(instance) || !isPathSegment(source)) return undefined;
  if (backfill === undefined) return { connector, instance, source };
  return isPathSegment(backfill) ? { connector, instance, source, backfill } : undefined;
}

/** Queues a trigger message again that could not be handled yet. Never rejects: without the queue, `sweep` finds the source. */
export type Requeue = (queue: TriggerQueue, id: TriggerMessage, afterMs: number, log: Log) => Promise<void>;

/**
 * Creates the function that queues trigger messages again while their source is leased. At most one message for each source
 * is queued again by this process at a time; further ones are dropped.
 */
export function createRequeue(clock: Clock): Requeue {
  const dueAt = new Map<string, number>();
  return async (queue, id, afterMs, log) => {
    const key = `${formatId(id)} ${id.backfill ?? ''}`;
    const nowMs = clock.now().getTime();
    const leftMs = (dueAt.get(key) ?? nowMs) - nowMs;
    // After a clock was set back, a message would seem due later than it is.
    if (leftMs > 0 && leftMs <= afterMs) return;
    try {
      await queue.send(id, afterMs);
      dueAt.set(key, nowMs + afterMs);
    } catch (error) {
      log.warn({ ...id, reason: (error as Error).message }, 'its next try waits for sweep');
    }
  };
}

/** Queues a message again that met another run of its source, if that run may leave work. Never rejects. */
export async function requeueRun(
  requeue: Requeue,
  id: TriggerMessage,
  state: Pick<Stores, 'checkpoints' | 'reports' | 'triggerQueue'>,
  clock: Clock,
  log: Log,
): Promise<void> {
  if (await isLeft(id, state, clock, log)) await requeue(state.triggerQueue, id, LEASE_MS, log);
}

/** True if work may be left; also if storage cannot be read. */
async function isLeft(
  id: TriggerMessage,
  { checkpoints, reports }: Pick<Stores, 'checkpoints' | 'reports'>,
  clock: Clock,
  log: Log,
): Promise<boolean> {
  try {
    const [last, checkpoint] = await Promise.all([reports.read(id), checkpoints.read(id)]);
    return shouldRequeue(last, checkpoint?.unfinished === true, clock.now());
  } catch (error) {
    const { connector, instance, source } = id;
    const reason = (error as Error).message;
    log.warn(
      { connector, instance, source, reason },
      'cannot tell whether anything is left, so the message comes back',
    );
    return true;
  }
}
