import type { Checkpoint } from '../contract/checkpoint';
import { boundAccount, foreignBackfill, foreignState } from './vendor-account';
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
  const bound = boundAccount(checkpoint.account, account);
  return range !== undefined || bound === checkpoint.account ? checkpoint : { ...checkpoint, account: bound };
}
