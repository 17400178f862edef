import { ContractError, type UnavailableError } from '../../contract/errors';
import type { ErrorInBody, HttpResponse } from '../../contract/http';
import type { Json, JsonObject } from '../../contract/json';
import type { RestSpec, RestSuccess } from '../../contract/rest';
import { answerError } from '../../rate-limit/answer/error-in-200';
import { stringifyJson } from '../../values/json/json';
import { valueAt } from '../value-at';
import { named } from './checks/declaration-error';
import { pagingOf } from './paging/paging-of';
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
  /** The number of all records of the page, including those that the page before has too. */
  readonly count: number;
  /** The cursor, the number of the page, or the next link as an absolute address. Absent if the answer names no next page. */
  readonly next: string | undefined;
  /** True when the vendor has nothing newer now. */
  readonly isLast: boolean;
  /** True when records moved to pages that were read already. */
  readonly isShifted?: true;
  /** Why the answer does not say how to continue. Its records are delivered nevertheless. */
  readonly problem?: ContractError;
  /** The error that the answer reports beside its records. A read must not end with such an answer. */
  readonly failure?: UnavailableError | undefined;
}

/**
 * Compiles every path of a declaration once. Reading an answer throws only if its records cannot be found.
 * @throws ContractError for a malformed path; the message names the member
 */
export function compileAnswer(spec: RestSpec): ((
  response: HttpResponse,
  url: string,
  token?: string,
) => RestAnswer) & {
  /** The check of a 2xx. */
  readonly holds: (response: HttpResponse) => boolean | ErrorInBody;
  /** The check of a 2xx whose records have their times at this path. */
  holdsRecords(time: string): (response: HttpResponse) => boolean | ErrorInBody;
} {
  const recordsOf = compileRecords(spec);
  const nextOf = pagingOf(spec).compile();
  const isEnd = compileStop(spec);
  const member = memberNames(firstListPath(spec.records))?.[0];
  const errorOf = spec.success === undefined ? undefined : compileSuccess(spec.success, member);
  const holds = (response: HttpResponse): boolean | ErrorInBody => {
    const body = response.json();
    const records = recordsOf(body);
    const isEmpty = records === undefined || records.length === 0;
    const reported = errorOf?.(body);
    if (reported !== undefined) return { ...reported, isEmpty };
    if (records === undefined) return false;
    const error = errorOf === undefined ? answerError(body, { member, isEmpty }) : undefined;
    return error === undefined || { error, isEmpty };
  };
  const holdsRecords = (time: string) => (response: HttpResponse) => {
    const held = holds(response);
    if (held !== true || spec.format !== 'ndjson') return held;
    const error = errorInPlace(recordsOf(response.json()) ?? [], time);
    return error === undefined || { error, isEmpty: true };
  };
  const read = (response: HttpResponse, url: string, token?: string): RestAnswer => {
    const body = response.json();
    const records = recordsOf(body);
    if (records === undefined) throw nothingAt(spec, answerError(body, { member, isEmpty: true }));
    const { failure } = response;
    const count = records.length;
    try {
      const answer = nextOf({ body, records, response, url, token });
      const { isShifted, kept, more, repeats = 0, isLast = isEnd(body, records, more) } = answer;
      const shown = repeats === 0 ? records : records.slice(repeats);
      const shifted = isShifted === true ? { isShifted } : {};
      return { records: shown, count, next: more ?? kept, isLast, ...shifted, failure };
    } catch (error) {
      if (error instanceof ContractError)
        return { records, count, next: undefined, isLast: false, problem: error, failure };
      throw error;
    }
  };
  return Object.assign(read, { holds, holdsRecords });
}

/** The error that a vendor answers in place of lines: a single object that has no time. */
export function errorInPlace([only, ...more]: readonly Json[], time: string): JsonObject | undefined {
  if (only === undefined || more.length > 0 || valueAt(only, time) !== undefined) return undefined;
  return answerError(only, { member: undefined, isEmpty: true });
}

/** The error of an answer that does not say that it is good. What else looks like an error explains it. */
function compileSuccess(
  { denied = [], from, is }: RestSuccess,
  member: string | undefined,
): (body: Json) => Omit<ErrorInBody, 'isEmpty'> | undefined {
  const valueAt = named('success.from', () => compileAnswerPath(from));
  const isOne = (values: RestSuccess['is'], value: Json): boolean =>
    typeof value !== 'object' && values.some((one) => String(one) === String(value));
  return (body) => {
    const value = valueAt(body) ?? null;
    if (isOne(is, value)) return undefined;
    const error = { ...answerError(body, { member, isEmpty: true }), [from]: value };
    return { error, isDenied: isOne(denied, value) };
  };
}

const MOST_QUOTED = 300;

/** @param error what the answer reports, such as the `errors` of GraphQL beside no data */
function nothingAt({ path, records }: RestSpec, error: JsonObject | undefined): ContractError {
  const said = error === undefined ? '' : ` The vendor says ${stringifyJson(error).slice(0, MOST_QUOTED)}.`;
  return new ContractError(
    `reading the answer of ${path}: there is no array at ${listPath(records)}.${said} ` +
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

function compileStop(
  spec: RestSpec,
): (body: Json, records: readonly Json[], next: string | undefined) => boolean {
  const { stop } = spec;
  if (stop.on === 'no-next') return (_, __, next) => next === undefined;
  if (stop.on === 'empty-page') return (_, records) => records.length === 0;
  if (stop.on === 'short-page') return (_, records) => records.length < stop.full;
  // The number of the page tells it.
  if (stop.on !== 'unless') return () => false;
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
