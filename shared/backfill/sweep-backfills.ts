import { formatId, type SourceId } from '../contract/checkpoint';
import type { Log } from '../contract/run';
import { readOrReport } from '../values/damage-errors';
import type { Stores } from '../run/stores';
import { requestWorkers } from './job';

/**
 * Requests the workers that running backfills lack. A surplus worker ends by itself.
 * @param on the sources that are on @returns the ids of the backfills that got workers
 * @throws UnavailableError when storage cannot be reached
 */
export async function sweepBackfills(
  state: Pick<Stores, 'backfills' | 'checkpoints' | 'pauses' | 'workers'>,
  on: readonly SourceId[],
  log: Log,
): Promise<string[]> {
  const known = new Set(on.map(formatId));
  const triggered: string[] = [];
  // A damaged job needs an operator; it must not hide the others.
  const damaged = ({ message }: Error): void => log.error({ reason: message }, 'backfill cannot be read');
  /** A source with a damaged pause counts as paused; its runs report the damage. */
  const isPaused = async (id: SourceId): Promise<boolean> => {
    let isUnknown = false;
    const pause = await readOrReport(state.pauses.read(id), ({ message }) => {
      isUnknown = true;
      log.error({ reason: message }, 'pause cannot be read');
    });
    return isUnknown || pause !== undefined;
  };
  for await (const job of state.backfills.list(undefined, damaged)) {
    if (job.state !== 'running' || !known.has(formatId(job))) continue;
    if (await isPaused(job)) continue;
    const leased = (await state.checkpoints.sliceLeases(job, job.id)).filter(
      ({ isLeased }) => isLeased,
    ).length;
    const lacking = Math.min(job.workers, job.parts) - leased;
    if (lacking <= 0) continue;
    await requestWorkers(state, job, lacking);
    triggered.push(job.id);
  }
  return triggered;
}
