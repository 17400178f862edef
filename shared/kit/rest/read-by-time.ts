import type { Page, PullContext } from '../../contract/connector';
import { ContractError, type UnavailableError } from '../../contract/errors';
import type { RestAnswer } from './read-answer';
import { verifyLastPage, type ReadEndFault } from './verify-last-page';
import { followRead } from './read-order';
import { pageOf, stayingPage, type RestReader } from './page-reader';
import { writeEnd, writePosition, type ReadPosition } from './read-position';
import { readEnd, takeRecords } from './take-records';
import { writeSince } from './time-format';
import { compareIso } from '../../values/time';
import { lastOf, type FollowedPage } from '../../values/time-order';

/**
 * Reads a vendor without paging that gives the oldest records first, up to a fixed number. Each request begins at the newest
 * time of the previous page, inclusive; the framework drops the records that repeat. The last page is one that is not full, or
 * that has records newer than the end of the read.
 * @throws ContractError when a full page has a single time or none, so that the vendor cannot show the rest; when its times
 * have no order; when times fall throughout a page. The page is delivered first.
 * @throws UnavailableError when the answer that would end the read reports an error. Its records are delivered first.
 */
export async function* readByTime(
  reader: RestReader,
  context: PullContext,
  begin: ReadPosition & { readonly rereads: boolean },
): AsyncGenerator<Page> {
  const { spec, ask } = reader;
  let at = begin;
  let { checkpoint } = context;
  const follow = followRead(spec, begin);
  for (;;) {
    const { answer, now, vendorNow } = await ask(context, at);
    const taken = await takeRecords(answer.records, readEnd(spec, context, at, now));
    const { records, newest, leftSome, times } = taken;
    const followed = follow(times);
    const isLast = answer.isLast || (leftSome && !followed.hasFall);
    const since = edgeOf(followed, times, at.since, newest);
    const next: ReadPosition | undefined = since === undefined ? undefined : { since, until: at.until };
    const wrong = endless(spec.path, { ...followed, isLast, failure: answer.failure }, newest);
    const page = { ...taken, isLast, count: answer.count, problem: wrong };
    const end: ReadEndFault = at === begin ? await verifyLastPage(reader, context, at, page) : page;
    const { mayBeCut, problem } = end;
    if (problem !== undefined) {
      yield* stayingPage(records, { rereads: at.rereads, vendorNow });
      throw problem;
    }
    const before = checkpoint;
    checkpoint = isLast || next === undefined ? writeEnd(at.until) : writePosition(spec, next);
    const last = isLast && at.until !== undefined;
    yield* pageOf(records, checkpoint, before, {
      rereads: at.rereads,
      last,
      mayBeCut,
      vendorNow,
    });
    if (isLast || next === undefined) return;
    if (writeSince(spec, next.since, now) === writeSince(spec, at.since, now)) {
      throw broken(
        spec.path,
        `${answer.count} records, as many as one answer holds, happened at ${next.since}, and the vendor cannot return more records of that time`,
        'They were delivered. To go on without the others, reset the state of this source and set START to a later time.',
      );
    }
    at = { ...next, rereads: true };
  }
}

/** The start of the next page: the newest time, or the last time of the page if a single record before it is out of place. */
function edgeOf(
  { hasFall, order }: FollowedPage,
  times: readonly (string | undefined)[],
  since: string,
  newest: string | undefined,
): string | undefined {
  const last = hasFall && order !== 'newest-first' ? lastOf(times) : undefined;
  if (last === undefined || newest === undefined || compareIso(last, since) <= 0) return newest;
  return compareIso(last, newest) < 0 ? last : newest;
}

/**
 * Why a read cannot continue behind a page: it would be the last one and reports an error; its times contradict the
 * declaration; or it is full and its records have no order of time, or no time at all.
 */
function endless(
  path: string,
  { failure, isLast, isMixed, problem }: FollowedPage & Pick<RestAnswer, 'failure' | 'isLast' | 'problem'>,
  newest: string | undefined,
): ContractError | UnavailableError | undefined {
  if (failure !== undefined && (isLast || newest === undefined)) return failure;
  if (problem !== undefined || isLast) return problem;
  if (isMixed)
    return broken(
      path,
      'the records of a full page are in no order of time, and the next page begins at the newest',
      'They were delivered. Paging by time needs a vendor that gives the oldest first: compare `next` with its documentation.',
    );
  if (newest !== undefined) return undefined;
  return broken(
    path,
    'no record of a full page says when it happened',
    'They were delivered. Compare `time` of the table with the vendor’s documentation.',
  );
}

function broken(path: string, because: string, advice: string): ContractError {
  return new ContractError(`reading the answer of ${path}: ${because}. ${advice}`);
}
