import { formatId, type SourceId } from '../contract/checkpoint';
import type { Log } from '../contract/run';
import { readOrTell } from '../values/damaged';
import type { State } from '../run/stores';
import { wakeWorkers } from './job';

/**
 * Wakes the workers that a running backfill lacks. One too many ends by itself.
 * @param on the sources that are on @returns the ids of the backfills whose workers were woken
 * @throws UnavailableError when storage is not there
 */
export async function sweepBackfills(
  state: Pick<State, 'backfills' | 'checkpoints' | 'pauses' | 'workers'>,
  on: readonly SourceId[],
  log: Log,
): Promise<string[]> {
  const known = new Set(on.map(formatId));
  const woken: string[] = [];
  // A damaged one is for a person to look at; it must not keep the others from being found.
  const damaged = ({ message }: Error): void => log.error({ reason: message }, 'backfill cannot be read');
  /** Nobody knows it of one whose pause is damaged: its runs say so. */
  const isPaused = async (id: SourceId): Promise<boolean> => {
    let isUnknown = false;
    const pause = await readOrTell(state.pauses.read(id), ({ message }) => {
      isUnknown = true;
      log.error({ reason: message }, 'pause cannot be read');
    });
    return isUnknown || pause !== undefined;
  };
  for await (const order of state.backfills.list(undefined, damaged)) {
    if (order.state !== 'running' || !known.has(formatId(order))) continue;
    if (await isPaused(order)) continue;
    const held = (await state.checkpoints.parts(order, order.id)).filter(({ isHeld }) => isHeld).length;
    const lacking = Math.min(order.workers, order.parts) - held;
    if (lacking <= 0) continue;
    await wakeWorkers(state, order, lacking);
    woken.push(order.id);
  }
  return woken;
}
