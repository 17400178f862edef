import { formatId, type SourceId } from '../contract/checkpoint';
import type { Clock, Log } from '../contract/run';
import { readOrReport } from '../values/damage-errors';
import { isLongAgo } from '../values/wait-bound';
import type { Stores } from './stores';

/** A source whose state is newer than this may still be running. */
const SWEEP_AFTER_MS = 5 * 60_000;

/**
 * Triggers every source whose last run stopped midway and was not continued, and deletes what is older than the retention.
 * @param on the sources that are on @returns the triggered sources
 * @throws UnavailableError when storage cannot be reached
 */
export async function sweepSources(
  { checkpoints, deleteOld, triggerQueue }: Pick<Stores, 'checkpoints' | 'deleteOld' | 'triggerQueue'>,
  on: readonly SourceId[],
  clock: Clock,
  log: Log,
): Promise<SourceId[]> {
  const known = new Set(on.map(formatId));
  const triggered: SourceId[] = [];
  for await (const id of checkpoints.list()) {
    if (!known.has(formatId(id))) {
      log.warn({ ...id }, 'was on, and is off now');
      continue;
    }
    // A damaged checkpoint needs an operator; it must not hide the others.
    const checkpoint = await readOrReport(checkpoints.read(id), ({ message }) =>
      log.error({ ...id, reason: message }, 'checkpoint cannot be read'),
    );
    const savedAt = Date.parse(checkpoint?.savedAt ?? '');
    if (checkpoint?.unfinished !== true || !isLongAgo(savedAt, clock.now().getTime(), SWEEP_AFTER_MS))
      continue;
    await triggerQueue.send(id);
    triggered.push(id);
  }
  const deleted = await deleteOld();
  if (deleted > 0) log.warn({ deleted }, 'what has been kept long enough is deleted');
  return triggered;
}
