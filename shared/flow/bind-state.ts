import type { Checkpoint, HeldCheckpoint } from '../contract/checkpoint';
import { foreignBackfill, foreignState } from '../kit/account';
import { canonicalJson } from '../kit/json';
import type { PullRun } from './pull';

/**
 * Fixes, before anything is asked, whose a state is and where its source begins: by the first run, so that one which
 * fails loses no time. A state that says no account yet is of the one that the settings name now.
 * @throws SettingError where it belongs to another account, or the backfill was ordered for another
 */
export async function bindState(held: HeldCheckpoint, run: PullRun): Promise<void> {
  const { account, clock, id, orderedFor, range, startFrom } = run;
  const { checkpoint } = held;
  const foreign =
    account === undefined
      ? undefined
      : range === undefined
        ? foreignState(id, checkpoint.account, account)
        : foreignBackfill(id, orderedFor, account);
  if (foreign !== undefined) throw foreign;
  if (range !== undefined) return;
  const bound: Checkpoint = {
    ...checkpoint,
    ...(account === undefined ? {} : { account: account.hashes }),
    ...(checkpoint.startFrom === undefined
      ? { startFrom: startFrom.toISOString(), savedAt: clock.now().toISOString() }
      : {}),
  };
  const isBound = canonicalJson(bound.account ?? {}) === canonicalJson(checkpoint.account ?? {});
  if (!isBound || checkpoint.startFrom === undefined) await held.save(bound);
}
