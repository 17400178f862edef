import type { ContractError } from '../../contract/errors';
import type { RestSpec } from '../../contract/rest';
import type { ReadPosition } from './read-position';
import { NEWEST_FIRST, fallingTimes, followTimes, type FollowedPage } from '../../values/time-order';

/** What is known of a page: also why the read cannot be trusted, where its times fall. */
type CheckedPage = FollowedPage & { readonly problem?: ContractError };

/**
 * Follows a read that should give the oldest record first: one of a window, unless it is declared newest first. A feed
 * that goes on by cursor for ever is in the order in which its vendor stored it.
 */
export function followRead(
  { next, path, window }: RestSpec,
  { until }: ReadPosition,
): (times: readonly (string | undefined)[]) => CheckedPage {
  if (until === undefined || window?.order === 'newest-first')
    return () => ({ order: undefined, hasFall: false, isMixed: false, isFalling: false });
  const follow = followTimes();
  const advice =
    next.kind === 'time'
      ? 'Paging by time needs a vendor that gives the oldest first: compare `next` with its documentation.'
      : NEWEST_FIRST;
  return (times) => {
    const page = follow(times);
    return page.isFalling
      ? { ...page, problem: fallingTimes(`reading the answer of ${path}`, advice) }
      : page;
  };
}
