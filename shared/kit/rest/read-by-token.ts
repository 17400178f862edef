import type { Page, PullContext } from '../../contract/connector';
import type { JsonObject } from '../../contract/json';
import type { RestSpec } from '../../contract/rest';
import { requestFirstPage } from './first-page';
import { verifyLastPage } from './verify-last-page';
import { leadsTo } from './next-page';
import { followRead } from './read-order';
import { writeEnd, writePosition, type ReadPosition } from './read-position';
import { pageOf, stayingPage, type RestReader } from './page-reader';
import { takeRecords } from './take-records';

/**
 * Reads page after page by the next link or the cursor that each answer names.
 *
 * If an answer does not say how to continue, its records are delivered first and the position stays, so that the next run
 * requests the page again. A next link to another origin is passed to `http`, which refuses it before a byte is sent.
 * @throws ContractError when the vendor names no next page although there is one, the same page twice, or one at another
 * origin; when times fall throughout a read that is declared oldest first
 * @throws UnavailableError when the answer that would end the read reports an error. Its records are delivered first.
 */
export async function* readByToken(
  reader: RestReader,
  context: PullContext,
  begin: ReadPosition & { readonly rereads: boolean },
): AsyncGenerator<Page> {
  const { spec, ask } = reader;
  const first = await requestFirstPage(reader, context, begin);
  const follow = followRead(spec, begin);
  const asked = new Set<string>();
  let { checkpoint } = context;
  let { at, page: asking, readAgainFrom, rereads } = first;
  let emptyInARow = 0;
  for (;;) {
    if (at.token !== undefined) asked.add(at.token);
    const { request, answer, now, vendorNow } = asking;
    const taken = await takeRecords(answer.records, { time: context.time, until: at.until, now });
    const { records } = taken;
    emptyInARow = answer.records.length === 0 ? emptyInARow + 1 : 0;
    const walk = { at, asked, emptyInARow, leftLast: taken.leftLast, ...follow(taken.times) };
    const lead = leadsTo(spec, context.settings, answer, walk);
    const { elsewhere, isLast, stays, token } = lead;
    const page = { ...lead, ...taken, count: answer.records.length };
    const { mayBeCut, problem } = await verifyLastPage(reader, context, at, page);
    if (stays || problem !== undefined) {
      yield* stayingPage(records, { rereads, vendorNow });
      if (elsewhere !== undefined) await context.http.request({ ...request, url: elsewhere, query: {} });
      if (problem !== undefined) throw problem;
      return;
    }
    const before = checkpoint;
    const last = isLast && at.until !== undefined;
    checkpoint =
      token !== undefined && !last ? writePosition(spec, { ...at, token }) : endOf(spec, before, at);
    yield* pageOf(records, checkpoint, before, { rereads, last, mayBeCut, readAgainFrom, vendorNow });
    if (isLast || token === undefined) return;
    at = { ...at, token };
    [rereads, readAgainFrom] = [false, undefined];
    asking = await ask(context, at);
  }
}

/** The checkpoint after a last page that names no next page. */
function endOf(spec: RestSpec, before: JsonObject | null, { until }: ReadPosition): JsonObject | null {
  return until !== undefined || spec.resume === 'time' ? writeEnd(until) : before;
}
