import type { Json, JsonObject } from '../../contract/json';
import { stringifyJson } from '../../values/json/json';
import { saysRateLimit } from './rate-limit-words';
import { isObject } from '../../values/json-path';

/**
 * Members of an envelope that report an error, in any case and with any separator: `error`, `errorCode`, `error_message`;
 * `errors`, which GraphQL puts beside `data`.
 * @see https://spec.graphql.org/October2021/#sec-Errors
 */
const ERRORS = /^(?:errors?|error(?:codes?|info|messages?|msg)|fail)$/;
/** Members that report a failure by `false`, or by a word, as `status` does in JSend. */
const OUTCOMES = /^(?:success|ok|status)$/;
const FAILED = /^(?:false|error|fail|failed|failure)$/i;
/** Members that good answers have too. They count only beside an empty list, and only if they say "too many requests". */
const REMARKS = /^(?:code|status|statuscode|message|msg)$/;
/** Values of an error member that mean: no error. */
const NO_ERROR = /^(?:0*|200|ok|success|none|null|no error)$/i;
/** 429 as the code of an error: `"code":429`, `"http_status":"429"`, `"error":429`. */
const CODE_429 = /"[\w-]*(?:code|status|error|errors)":\[?"?429"?[,\]}]/i;
/** Errors of a list that are kept. A vendor may report one for each record. */
const MOST_ERRORS = 10;
const DEEPEST = 4;

/** The list of records in an answer. */
export interface ListInAnswer {
  /** The member of the envelope that holds the records. It is not read. */
  readonly member: string | undefined;
  readonly isEmpty: boolean;
}

/**
 * The error that the envelope of a 2xx reports, at the top or within `meta`; `undefined` if it reports none. Records are not
 * read, so the work does not grow with the page.
 */
export function answerError(body: Json, { member, isEmpty }: ListInAnswer): JsonObject | undefined {
  if (!isObject(body)) return undefined;
  const members = Object.keys(body).flatMap((name): readonly (readonly [string, Json])[] => {
    const value = body[name];
    if (name === member || value === undefined) return [];
    if (name !== 'meta' || !isObject(value)) return [[name, value]];
    return Object.entries<Json>(value);
  });
  const errors = members.filter(([name, value]) => isError(plain(name), value));
  const remarks = isEmpty ? members.filter(([name]) => REMARKS.test(plain(name))) : [];
  const isReported = errors.length > 0 || saysLimit(Object.fromEntries(remarks));
  // The remarks beside an error explain it.
  return isReported
    ? Object.fromEntries([...errors, ...remarks].map(([name, value]) => [name, clipped(value)]))
    : undefined;
}

/** True for an error that says "too many requests", in words or by a code. */
export function saysLimit(error: Json): boolean {
  const text = stringifyJson(error);
  return CODE_429.test(text) || saysRateLimit(200, Buffer.from(text));
}

function isError(name: string, value: Json): boolean {
  if (ERRORS.test(name)) return !isNoError(value);
  if (!OUTCOMES.test(name)) return false;
  return value === false || (typeof value === 'string' && FAILED.test(value));
}

/** True for a value that means "no error": `null`, `[]`, `""`, `{}`, `false`, `0`, `{"code":0,"message":"OK"}`. */
function isNoError(value: Json, depth = 0): boolean {
  if (value === null || value === false) return true;
  if (typeof value !== 'object') return NO_ERROR.test(String(value).trim());
  return depth < DEEPEST && Object.values<Json>(value).every((each) => isNoError(each, depth + 1));
}

function clipped(value: Json): Json {
  return Array.isArray(value) ? (value as readonly Json[]).slice(0, MOST_ERRORS) : value;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}
