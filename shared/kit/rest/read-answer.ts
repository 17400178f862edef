import { ContractError, type UnavailableError } from '../../contract/errors';
import type { HttpRequest, HttpResponse } from '../../contract/http';
import type { Json } from '../../contract/json';
import type { RestNext, RestSpec } from '../../contract/rest';
import { answerError } from '../../rate-limit/answer/error-in-200';
import { findLink } from '../link-header';
import { named } from './checks/declaration-error';
import {
  compileAnswerPath,
  compileAnswerQuery,
  firstListPath,
  listPath,
  memberNames,
} from '../../values/json-path';

/** One answer, read as its declaration says. */
export interface RestAnswer {
  readonly records: readonly Json[];
  /** The cursor, or the next link as an absolute address. Absent if the answer names no next page. */
  readonly next: string | undefined;
  /** True when the vendor has nothing newer now. */
  readonly isLast: boolean;
  /** Why the answer does not say how to continue. Its records are delivered nevertheless. */
  readonly problem?: ContractError;
  /** The error that the answer reports beside its records. A read must not end with such an answer. */
  readonly failure?: UnavailableError | undefined;
}

/**
 * Compiles every path of a declaration once. Reading an answer throws only if its records cannot be found.
 * @throws ContractError for a malformed path; the message names the member
 */
export function compileAnswer(
  spec: RestSpec,
): ((response: HttpResponse, url: string) => RestAnswer) & Required<Pick<HttpRequest, 'holds'>> {
  const recordsOf = compileRecords(spec);
  const nextOf = compileNext(spec);
  const isLast = compileStop(spec);
  const member = memberNames(firstListPath(spec.records))?.[0];
  const holds: HttpRequest['holds'] = (response) => {
    const body = response.json();
    const records = recordsOf(body);
    if (records === undefined) return false;
    const isEmpty = records.length === 0;
    const error = answerError(body, { member, isEmpty });
    return error === undefined || { error, isEmpty };
  };
  const read = (response: HttpResponse, url: string): RestAnswer => {
    const body = response.json();
    const records = recordsOf(body);
    if (records === undefined) throw nothingAt(spec);
    const { failure } = response;
    try {
      const { kept, more } = nextOf(body, response, url);
      return { records, next: more ?? kept, isLast: isLast(body, records, more), failure };
    } catch (error) {
      if (error instanceof ContractError)
        return { records, next: undefined, isLast: false, problem: error, failure };
      throw error;
    }
  };
  return Object.assign(read, { holds });
}

function nothingAt({ path, records }: RestSpec): ContractError {
  return new ContractError(
    `reading the answer of ${path}: there is no array at ${listPath(records)}. ` +
      'Compare `records` with the vendor’s documentation.',
  );
}

/**
 * Returns `undefined` if an array on the path is missing, so that an answer of another shape is never an empty page. `null` in
 * place of an array counts as an empty one: some vendors write it.
 */
function compileRecords({ records }: RestSpec): (body: Json) => readonly Json[] | undefined {
  const path = listPath(records);
  const arrays = named('records', () => compileAnswerQuery(path));
  const root = named('records', () => compileAnswerQuery(firstListPath(records)));
  const isArray = (value: Json): boolean => Array.isArray(value) || (value === null && path !== '$');
  return (body) => {
    const [found, lists] = [root(body), arrays(body)];
    if (found.length === 0 || !found.every(isArray) || !lists.every(isArray)) return undefined;
    // A single list is not copied: for millions of records the copy takes half a second.
    const [only, ...more] = lists as readonly (readonly Json[] | null)[];
    return more.length === 0 ? (only ?? []) : lists.flatMap((list) => (list ?? []) as readonly Json[]);
  };
}

/** What an answer names: the next page of this read, or in its place the one that the next run asks for. */
interface NamedNext {
  readonly more?: string | undefined;
  readonly kept?: string | undefined;
}

type NameNext = (body: Json, response: HttpResponse, url: string) => string | undefined;

function compileNext(spec: RestSpec): (...answer: Parameters<NameNext>) => NamedNext {
  const { next } = spec;
  if (next.kind === 'time') return () => ({});
  const named =
    next.kind === 'link'
      ? (member: 'from' | 'last') => compileLink(spec, member, next)
      : (member: 'from' | 'last') => compileCursor(spec, member, next);
  const [moreOf, keptOf] = [named('from'), next.last === undefined ? undefined : named('last')];
  return (...answer) => {
    const more = moreOf(...answer);
    return { more, kept: more === undefined ? keptOf?.(...answer) : undefined };
  };
}

function compileLink(
  { path }: RestSpec,
  member: 'from' | 'last',
  { [member]: from, rel = 'next' }: Extract<RestNext, { kind: 'link' }>,
): NameNext {
  const linkAt = from === undefined ? undefined : named(`next.${member}`, () => compileAnswerPath(from));
  return (body, { headers }, url) => {
    const target = linkAt === undefined ? findLink(headers['link'], rel) : (linkAt(body) ?? '');
    if (target === undefined || target === '' || target === null) return undefined;
    if (typeof target === 'string' && URL.canParse(target, url)) return new URL(target, url).href;
    throw new ContractError(`reading the answer of ${path}: its next link is no address. Tell the vendor.`);
  };
}

function compileCursor(
  { path }: RestSpec,
  member: 'from' | 'last',
  { join, ...next }: Extract<RestNext, { kind: 'cursor' }>,
): NameNext {
  const from = next[member] ?? next.from;
  const textOf = (cursor: Json): string => {
    if (typeof cursor !== 'object' && typeof cursor !== 'boolean') return String(cursor);
    throw new ContractError(
      `reading the answer of ${path}: the cursor at ${from} is neither text nor a number. ` +
        'Compare `next` with the vendor’s documentation.',
    );
  };
  if (join !== undefined) {
    const listAt = named(`next.${member}`, () => compileAnswerQuery(listPath(from)));
    // A single value in place of the list is a cursor too. Ignoring it would end the read.
    return (body) => listAt(body).flatMap(elementsOf).map(textOf).join(join) || undefined;
  }
  const cursorAt = named(`next.${member}`, () => compileAnswerPath(from));
  return (body) => textOf(cursorAt(body) ?? '') || undefined;
}

function compileStop(
  spec: RestSpec,
): (body: Json, records: readonly Json[], next: string | undefined) => boolean {
  const { stop } = spec;
  if (stop.on === 'no-next') return (_, __, next) => next === undefined;
  if (stop.on === 'empty-page') return (_, records) => records.length === 0;
  if (stop.on === 'short-page') return (_, records) => records.length < stop.full;
  const flagAt = named('stop.path', () => compileAnswerPath(stop.path));
  return (body) => {
    const flag = flagAt(body) ?? false;
    if (typeof flag === 'boolean') return !flag;
    throw new ContractError(
      `reading the answer of ${spec.path}: the value at ${stop.path} is neither true nor false. ` +
        'Compare `stop.path` with the vendor’s documentation.',
    );
  };
}

function elementsOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  return value === null ? [] : [value];
}
