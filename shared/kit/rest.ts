import type { Page, Pull, PullContext } from '../contract/connector';
import { ContractError } from '../contract/errors';
import type { HttpRequest } from '../contract/http';
import type { JsonObject } from '../contract/json';
import type { RestSpec } from '../contract/rest';
import { canonicalJson } from './json';
import { compileAnswer, wrong, type RestAnswer } from './rest-answer';
import { beginRead, writePosition } from './rest-position';
import { baseAddress, buildRequest } from './rest-request';

/**
 * Makes a pull of a declaration. The pull carries the declaration as its `rest`.
 *
 * A position is `{ next }`, the path and query of the next link relative to the base address, or `{ cursor }`,
 * with `since` where later requests say it again. With `resume: 'cursor'` the last one is kept for ever: a page
 * that names none keeps the one before, if it has no records; with records it is an error, because the next run
 * would deliver them again. With `resume: 'time'` a position stands only between two pages of one read; after
 * the last page it is `{}`, and the next run reads from the newest event time.
 *
 * A next link to another origin is asked before its page is delivered, so that the door refuses it and the
 * position stays where the vendor was still itself.
 * @throws ContractError when the declaration cannot work; the message names the member
 */
export function rest(spec: RestSpec): Pull {
  checkSpec(spec);
  const readAnswer = compileAnswer(spec);
  async function* pull(context: PullContext): AsyncGenerator<Page> {
    const asked = new Set<string>();
    let { checkpoint } = context;
    let { rereads, ...at } = beginRead(spec, context);
    for (;;) {
      if (at.token !== undefined) asked.add(at.token);
      const request = buildRequest(spec, context.settings, at);
      const answer = readAnswer(await context.http.request(request), request.url);
      const token = await tokenOf(spec, context, request, answer);
      if (!answer.isLast) checkGoesOn(spec, token, asked);
      const before = checkpoint;
      checkpoint = token === undefined ? endOf(spec, before, answer) : writePosition(spec, { ...at, token });
      if (checkpoint !== null && (answer.records.length > 0 || !isSame(checkpoint, before))) {
        yield { records: answer.records, checkpoint, ...(rereads ? { rereads } : {}) };
      }
      if (answer.isLast || token === undefined) return;
      at = { ...at, token };
      rereads = false;
    }
  }
  return Object.assign(pull, { rest: spec });
}

function checkSpec({ path, method, next, since, body }: RestSpec): void {
  if (!path.startsWith('/')) {
    throw wrong('path', `${path} does not begin with /`, 'It is appended to the base address');
  }
  const sent = {
    body: body !== undefined,
    since: since.in === 'body',
    'next.send': next.kind === 'cursor' && next.send.in === 'body',
  };
  const member = method === 'POST' ? undefined : Object.entries(sent).find(([, inBody]) => inBody)?.[0];
  if (member !== undefined) {
    throw wrong(member, 'a GET has no body', 'Declare method POST or send it in the query');
  }
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
function endOf(spec: RestSpec, before: JsonObject | null, { records }: RestAnswer): JsonObject | null {
  if (spec.resume === 'time') return {};
  if (records.length === 0) return before;
  throw broken(spec, 'the vendor gave records and no next page, so that they would be read again', 'resume');
}

function isSame(a: JsonObject, b: JsonObject | null): boolean {
  return b !== null && canonicalJson(a) === canonicalJson(b);
}

function broken(spec: RestSpec, because: string, member: string): ContractError {
  return new ContractError(
    `reading the answer of ${spec.path}: ${because}. Compare \`${member}\` with the vendor’s documentation.`,
  );
}
