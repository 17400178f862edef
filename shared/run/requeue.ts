import { formatId } from '../contract/checkpoint';
import { LEASE_MS, type Clock, type Log, type TriggerQueue, type TriggerMessage } from '../contract/run';
import { shouldRequeue } from '../pull/no-progress';
import type { Stores } from './stores';

/** Queues a trigger message again that could not be acted on yet. Never rejects: where the queue is away, `sweep` finds the source. */
export type PutBack = (queue: TriggerQueue, id: TriggerMessage, afterMs: number, log: Log) => Promise<void>;

/**
 * Trigger messages that met a leased source come back until the lease ends. At most one message for each source is on
 * its way back from this process; further ones are dropped.
 */
export function createPutBack(clock: Clock): PutBack {
  const dueAt = new Map<string, number>();
  return async (queue, id, afterMs, log) => {
    const key = `${formatId(id)} ${id.backfill ?? ''}`;
    const nowMs = clock.now().getTime();
    const leftMs = (dueAt.get(key) ?? nowMs) - nowMs;
    // A clock that was set back makes a message seem further away than any is.
    if (leftMs > 0 && leftMs <= afterMs) return;
    try {
      await queue.send(id, afterMs);
      dueAt.set(key, nowMs + afterMs);
    } catch (error) {
      log.warn({ ...id, reason: (error as Error).message }, 'its next try waits for sweep');
    }
  };
}

/** Puts the wake-up of a run back that met another of its source, where that leaves something to do. Never rejects. */
export async function putBackRun(
  putBack: PutBack,
  id: TriggerMessage,
  state: Pick<Stores, 'checkpoints' | 'reports' | 'triggerQueue'>,
  clock: Clock,
  log: Log,
): Promise<void> {
  if (await isLeft(id, state, clock, log)) await putBack(state.triggerQueue, id, LEASE_MS, log);
}

/** True also where storage cannot tell. */
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
