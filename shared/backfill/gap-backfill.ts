import { createHash } from 'node:crypto';
import type { Backfill } from '../contract/backfill';
import { formatId, type Account, type Checkpoint } from '../contract/checkpoint';
import { readOrTell } from '../values/damaged';
import { windowsOf } from '../windows/context';
import { afterHandOff, missedOf } from '../windows/gap';
import { planOf } from '../windows/position';
import type { FoundSource, RunTools } from '../run/run-source';
import { createJob, wakeWorkers } from './job';

/**
 * Gives what a source missed while it was down for hours to a backfill, which works it side by side: the source goes on
 * behind it. The order is durable before the checkpoint says so; one that was cut short in between is found again by
 * its name, which tells where it begins.
 * @returns the checkpoint that goes on behind it; `undefined` where too little was missed
 * @throws UnavailableError when storage is not there
 */
export async function handOff(
  { id, source }: Pick<FoundSource, 'id' | 'source'>,
  saved: Checkpoint,
  { clock, log, state }: Pick<RunTools, 'clock' | 'log' | 'state'>,
): Promise<Checkpoint | undefined> {
  const spec = windowsOf(source);
  if (spec === undefined) return undefined;
  const now = clock.now();
  // Of a version without windows the position alone is true.
  const checkpoint = { ...saved, windows: planOf(saved, spec, now.toISOString()) };
  const missed = missedOf(checkpoint, spec, now);
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
  const found = await readOrTell(add(), ({ message }) =>
    log.error({ ...id, reason: message }, 'backfill cannot be read'),
  );
  // Where somebody has put back a state of before, what was finished since is to be read again; from another account
  // what is of that one; and all of one that is damaged.
  const isSame =
    found !== undefined &&
    !(found.state === 'finished' && found.at < savedAt) &&
    !isOther(found.account, saved.account);
  const order = isSame ? found : await add(savedAt, ...(found === undefined ? ['damaged'] : []));
  // What an operator did not want side by side is read as it always was.
  if (order.state === 'cancelled') return undefined;
  if (order.state === 'running') await wakeWorkers(state, order, Math.min(order.workers, order.parts));
  const { from, id: backfill, to } = order;
  log.warn({ ...id, backfill, from, to }, 'was down for long: what it missed is worked side by side');
  const next = afterHandOff(checkpoint, spec, { from, to });
  return next && { ...next, savedAt: now.toISOString() };
}

function isOther(ordered: Account | undefined, now: Account = {}): boolean {
  return (
    ordered !== undefined && Object.entries(ordered).some(([name, hash]) => (now[name] ?? hash) !== hash)
  );
}
