import type { Page, PullContext } from '../contract/connector';
import { ContractError } from '../contract/errors';
import { pageOf, stayingPage, type RestReader } from './rest-reader';
import { writeEnd, writePosition, type ReadPosition } from './rest-position';
import { writeTime } from './rest-time';

/**
 * Reads a vendor without paging that gives the oldest records first, up to a number: each request begins at the
 * newest time of the page before, inclusive, and the framework drops what it shows again. A page that is not full,
 * or shows what is newer than the end of the read, is the last one.
 * @throws ContractError when a full page holds one time alone, or none: the vendor has no way to show what more there
 * is. The page is delivered first.
 */
export async function* readByTime(
  { spec, ask, take }: RestReader,
  context: PullContext,
  begin: ReadPosition & { readonly rereads: boolean },
): AsyncGenerator<Page> {
  let at = begin;
  let { checkpoint } = context;
  for (;;) {
    const { answer, now, vendorNow } = await ask(context, at);
    const { records, newest, leftSome } = take(answer.records, { until: at.until, now });
    const isLast = answer.isLast || leftSome;
    const next: ReadPosition | undefined =
      newest === undefined ? undefined : { since: newest, until: at.until };
    if (!isLast && next === undefined) {
      yield* stayingPage(records, { rereads: at.rereads, vendorNow });
      throw broken(
        spec.path,
        'no record of a full page says when it happened',
        'They were delivered. Compare `time` with the vendor’s documentation.',
      );
    }
    const before = checkpoint;
    checkpoint = isLast || next === undefined ? writeEnd(at.until) : writePosition(spec, next);
    const last = isLast && at.until !== undefined;
    yield* pageOf(records, checkpoint, before, { rereads: at.rereads, last, vendorNow });
    if (isLast || next === undefined) return;
    if (writeTime(next.since, spec.since) === writeTime(at.since, spec.since)) {
      throw broken(
        spec.path,
        `${records.length} records, as many as one answer holds, happened at ${next.since}, and the vendor cannot show what more there is`,
        'They were delivered. To go on without the others, reset the state of this source and set START to a later time.',
      );
    }
    at = { ...next, rereads: true };
  }
}

function broken(path: string, because: string, advice: string): ContractError {
  return new ContractError(`reading the answer of ${path}: ${because}. ${advice}`);
}
