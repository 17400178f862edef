import type { ContractError } from '../../contract/errors';
import type { RestSpec } from '../../contract/rest';
import type { ReadPosition } from './read-position';
import { NEWEST_FIRST, fallingTimes, followTimes, type FollowedPage } from '../../values/time-order';

/** A page with its order. `problem` is set if times fall throughout it. */
type CheckedPage = FollowedPage & { readonly problem?: ContractError };

/**
 * Checks that a read gives the oldest record first: every read of a window, unless it is declared newest first. A feed that
 * resumes by cursor has the order in which its vendor stored it, and is not checked.
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
