import type { Page, PullContext } from '../contract/connector';
import { ContractError } from '../contract/errors';
import type { HttpRequest } from '../contract/http';
import type { JsonObject } from '../contract/json';
import type { RestSpec } from '../contract/rest';
import type { RestAnswer } from './rest-answer';
import { writeEnd, writePosition, type ReadPosition } from './rest-position';
import { pageOf, type RestReader } from './rest-reader';
import { baseAddress } from './rest-request';

/** Pages without records that end a window of a vendor that never stops naming a next one; each costs one request. */
const MOST_EMPTY_IN_A_ROW = 5;

/**
 * Reads page after page by the next link or the cursor that each answer names.
 *
 * A next link to another origin is asked before its page is delivered, so that the door refuses it and the
 * position stays where the vendor was still itself.
 * @throws ContractError when the vendor names no next page although there is one, or the same one twice
 */
export async function* readByToken(
  { spec, ask, take }: RestReader,
  context: PullContext,
  begin: ReadPosition & { readonly rereads: boolean },
): AsyncGenerator<Page> {
  const asked = new Set<string>();
  let { checkpoint } = context;
  let { rereads, ...at } = begin;
  let emptyInARow = 0;
  for (;;) {
    if (at.token !== undefined) asked.add(at.token);
    const { request, answer, now, vendorNow } = await ask(context, at);
    const { records, leftLast } = take(answer.records, { until: at.until, now });
    const token = await tokenOf(spec, context, request, answer);
    emptyInARow = answer.records.length === 0 ? emptyInARow + 1 : 0;
    const isAgain = token !== undefined && asked.has(token);
    const isLast =
      at.until === undefined
        ? answer.isLast
        : isEndOfWindow(spec, answer, { leftLast, isAgain, emptyInARow });
    if (!isLast) checkGoesOn(spec, token, asked);
    const before = checkpoint;
    const last = isLast && at.until !== undefined;
    const goesOn = token !== undefined && !last;
    checkpoint = goesOn ? writePosition(spec, { ...at, token }) : endOf(spec, before, at, answer);
    yield* pageOf(records, checkpoint, before, { rereads, last, vendorNow });
    if (isLast || token === undefined) return;
    at = { ...at, token };
    rereads = false;
  }
}

/**
 * A vendor that takes no end and gives the oldest first has shown all of a window once it shows what is newer.
 *
 * One that always names a next page may name none where it was told the end; where it does, a page without records
 * may stand in the middle, and only the same next page again, or several empty ones in a row, are the end.
 */
function isEndOfWindow(
  spec: RestSpec,
  { next, records, isLast }: RestAnswer,
  seen: { readonly leftLast: boolean; readonly isAgain: boolean; readonly emptyInARow: number },
): boolean {
  const takesNoEnd = spec.until === undefined && spec.window?.order !== 'newest-first';
  if (takesNoEnd && seen.leftLast) return true;
  if (spec.stop.on !== 'empty-page') return isLast;
  const isStill = seen.isAgain && records.length === 0;
  return next === undefined || isStill || seen.emptyInARow === MOST_EMPTY_IN_A_ROW;
}

/**
 * What to remember of the next page: the cursor itself, or the link relative to the base address. Nothing where
 * the answer names none, or where the read ends and the next one begins at a time.
 */
async function tokenOf(
  spec: RestSpec,
  { http, settings }: PullContext,
  request: HttpRequest,
  { next, isLast }: RestAnswer,
): Promise<string | undefined> {
  if (next === undefined || (isLast && spec.resume === 'time')) return undefined;
  if (spec.next.kind === 'cursor') return next;
  const [base, link] = [new URL(baseAddress(spec, settings)), new URL(next)];
  if (link.origin !== base.origin) {
    await http.request({ ...request, url: next, query: {} });
    throw broken(spec, `the next link leads to ${link.origin}`, 'next');
  }
  const prefix = base.pathname.replace(/\/$/, '');
  const isInside = link.pathname === prefix || link.pathname.startsWith(`${prefix}/`);
  const up = '/..'.repeat(prefix.split('/').length - 1);
  return (isInside ? link.pathname.slice(prefix.length) || '/' : up + link.pathname) + link.search;
}

function checkGoesOn(spec: RestSpec, token: string | undefined, asked: ReadonlySet<string>): void {
  if (token === undefined)
    throw broken(spec, 'the read is not at its end and the vendor names no next page', 'next');
  if (asked.has(token)) {
    throw broken(spec, 'the vendor gave the same next page twice, so that the read would never end', 'next');
  }
}

/** Where a source stands after a last page that names no next one. */
function endOf(
  spec: RestSpec,
  before: JsonObject | null,
  { until }: ReadPosition,
  { records }: RestAnswer,
): JsonObject | null {
  if (until !== undefined || spec.resume === 'time') return writeEnd(until);
  if (records.length === 0) return before;
  throw broken(spec, 'the vendor gave records and no next page, so that they would be read again', 'resume');
}

function broken(spec: RestSpec, because: string, member: string): ContractError {
  return new ContractError(
    `reading the answer of ${spec.path}: ${because}. Compare \`${member}\` with the vendor’s documentation.`,
  );
}
