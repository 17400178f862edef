import type { Checkpoint } from '../contract/checkpoint';
import { foreignBackfill, foreignState } from '../kit/account';
import { canonicalJson } from '../kit/json';
import type { PullRun } from './pull';

/**
 * A checkpoint that says whose it is. One that says no account yet is of the one that the settings name now.
 * @returns the same one where it says so already
 * @throws SettingError where it belongs to another account, or the backfill was ordered for another
 */
export function bindState(
  checkpoint: Checkpoint,
  run: Pick<PullRun, 'account' | 'id' | 'orderedFor' | 'range'>,
): Checkpoint {
  const { account, id, orderedFor, range } = run;
  if (account === undefined) return checkpoint;
  const foreign =
    range === undefined
      ? foreignState(id, checkpoint.account, account)
      : foreignBackfill(id, orderedFor, account);
  if (foreign !== undefined) throw foreign;
  const isBound = canonicalJson(account.hashes) === canonicalJson(checkpoint.account ?? {});
  return range !== undefined || isBound ? checkpoint : { ...checkpoint, account: account.hashes };
}
