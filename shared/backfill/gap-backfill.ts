import { createHash } from 'node:crypto';
import type { Backfill } from '../contract/backfill';
import { formatId, type Checkpoint } from '../contract/checkpoint';
import { readOrReport } from '../values/damage-errors';
import { windowSpecOf } from '../windows/window-context';
import { afterHandOff, gapOf } from '../windows/gap';
import { planOf } from '../windows/stored-plan';
import { changedSettings } from '../pull/vendor-account';
import type { ResolvedSource, RunTools } from '../run/run-source';
import { createJob, requestWorkers } from './job';

/**
 * Hands a gap of hours off to a backfill, which reads it in parallel; the source continues after the gap. The job is
 * durable before the checkpoint that relies on it. After a crash in between, the job is found again by its id, a hash of
 * the source and the gap's start.
 * @returns the checkpoint after the gap; `undefined` when the gap is too short
 * @throws UnavailableError when storage cannot be reached
 */
export async function handOff(
  { id, source }: Pick<ResolvedSource, 'id' | 'source'>,
  saved: Checkpoint,
  { clock, log, state }: Pick<RunTools, 'clock' | 'log' | 'state'>,
): Promise<Checkpoint | undefined> {
  const spec = windowSpecOf(source);
  if (spec === undefined) return undefined;
  const now = clock.now();
  // A checkpoint of a version without windows has only a position.
  const checkpoint = { ...saved, windows: planOf(saved, spec, now.toISOString()) };
  const missed = gapOf(checkpoint, spec, now);
  if (missed === undefined) return undefined;
  if (afterHandOff(checkpoint, spec, missed) === undefined) return undefined;
  const add = (...words: string[]): Promise<Backfill> => {
    const name = createHash('sha256')
      .update([formatId(id), missed.from, ...words].join(' '))
      .digest('hex')
      .slice(0, 8);
    const one = createJob(id, spec, {
      ...missed,
      id: name,
      by: 'catch-up',
      isCatchUp: true,
      at: now,
      ...(saved.account === undefined ? {} : { account: saved.account }),
    });
    return state.backfills.add(one);
  };
  const { savedAt = '' } = checkpoint;
  const found = await readOrReport(add(), ({ message }) =>
    log.error({ ...id, reason: message }, 'backfill cannot be read'),
  );
  // Read the gap again when the state was restored to a time before the job finished, when the job belongs to another
  // account, and when it is damaged.
  const isSame =
    found !== undefined &&
    !(found.state === 'finished' && found.at < savedAt) &&
    changedSettings(found.account, saved.account ?? {}).length === 0;
  const job = isSame ? found : await add(savedAt, ...(found === undefined ? ['damaged'] : []));
  // The operator cancelled the job: the source reads the gap itself.
  if (job.state === 'cancelled') return undefined;
  if (job.state === 'running') await requestWorkers(state, job, Math.min(job.workers, job.parts));
  const { from, id: backfill, to } = job;
  log.warn({ ...id, backfill, from, to }, 'was down for long: a backfill reads what it missed');
  const next = afterHandOff(checkpoint, spec, { from, to });
  return next && { ...next, savedAt: now.toISOString() };
}
