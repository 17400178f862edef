import type { Page, PullContext } from '../../contract/connector';
import { UnavailableError } from '../../contract/errors';
import type { JsonObject } from '../../contract/json';
import type { RestSpec } from '../../contract/rest';
import { requestFirstPage } from './first-page';
import { verifyLastPage } from './verify-last-page';
import { leadsTo } from './next-page';
import { followRead } from './read-order';
import { writeEnd, writePosition, type ReadPosition } from './read-position';
import { pageOf, stayingPage, type RestReader } from './page-reader';
import { readEnd, takeRecords } from './take-records';

/** How often a run begins a read again whose records move to other pages. */
const MOST_RESTARTS = 3;

/**
 * Reads page after page: by the next link or the cursor that each answer names, or by number. A read by number whose records
 * move to pages that were read begins again; the framework recognises what was delivered.
 *
 * If an answer does not say how to continue, its records are delivered first and the position stays, so that the next run
 * requests the page again. A next link to another origin is passed to `http`, which refuses it before a byte is sent.
 * @throws ContractError when the vendor names no next page although there is one, the same page twice, or one at another
 * origin; when times fall throughout a read that is declared oldest first
 * @throws UnavailableError when records keep moving; when the answer that would end the read reports an error. Its records are delivered first.
 */
export async function* readByToken(
  reader: RestReader,
  context: PullContext,
  begin: ReadPosition & { readonly rereads: boolean },
): AsyncGenerator<Page> {
  const { spec, ask } = reader;
  const first = await requestFirstPage(reader, context, begin);
  let follow = followRead(spec, begin);
  const asked = new Set<string>();
  let { checkpoint } = context;
  let { at, page: asking, readAgainFrom, rereads } = first;
  let emptyInARow = 0;
  let restarts = 0;
  for (;;) {
    if (at.token !== undefined) asked.add(at.token);
    const { request, answer, now, vendorNow } = asking;
    if (answer.isShifted === true) {
      restarts = nextRestart(spec, restarts);
      at = { since: at.since, until: at.until };
      follow = followRead(spec, begin);
      asked.clear();
      rereads = true;
      asking = await ask(context, at);
      continue;
    }
    const taken = await takeRecords(answer.records, readEnd(spec, context, at, now));
    const { records } = taken;
    emptyInARow = answer.records.length === 0 ? emptyInARow + 1 : 0;
    const walk = { at, asked, emptyInARow, leftLast: taken.leftLast, ...follow(taken.times) };
    const lead = leadsTo(spec, context.settings, answer, walk);
    const { elsewhere, isLast, stays, token } = lead;
    const page = { ...lead, ...taken, count: answer.count };
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

/** @throws UnavailableError if the read has begun again often enough */
function nextRestart({ path }: RestSpec, restarts: number): number {
  if (restarts < MOST_RESTARTS) return restarts + 1;
  throw new UnavailableError(
    `reading ${path}: records move to other pages while they are read, and the read began again ${MOST_RESTARTS} times. Nothing is lost: the range stays open, and the next run reads it. If this goes on, declare shorter ranges by \`window.maxMs\`.`,
  );
}

/** The checkpoint after a last page that names no next page. */
function endOf(spec: RestSpec, before: JsonObject | null, { until }: ReadPosition): JsonObject | null {
  return until !== undefined || spec.resume === 'time' ? writeEnd(until) : before;
}
