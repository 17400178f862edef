import type { Json, JsonObject } from '../../contract/json';
import { stringifyJson } from '../../values/json/json';
import { saysRateLimit } from './rate-limit-words';
import { isObject } from '../../values/json-path';

/**
 * Members of an envelope that tell an error, whatever their case and signs: `error`, `errorCode`, `error_message`; `errors`, which
 * GraphQL has beside `data`.
 * @see https://spec.graphql.org/October2021/#sec-Errors
 */
const ERRORS = /^(?:errors?|error(?:codes?|info|messages?|msg)|fail)$/;
/** Members that tell by `false` that the request failed; by a word, as JSend has it for `status`. */
const OUTCOMES = /^(?:success|ok|status)$/;
const FAILED = /^(?:false|error|fail|failed|failure)$/i;
/** Members that good answers have too: they count beside an empty list, and only where they tell of a limit. */
const REMARKS = /^(?:code|status|statuscode|message|msg)$/;
/** The values of an error member that mean no error. */
const NO_ERROR = /^(?:0*|200|ok|success|none|null|no error)$/i;
/** 429 as the code of an error: `"code":429`, `"http_status":"429"`, `"error":429`. */
const CODE_429 = /"[\w-]*(?:code|status|error|errors)":\[?"?429"?[,\]}]/i;
/** How much of an error is looked at: a vendor may tell one for each record. */
const MOST_ERRORS = 10;
const DEEPEST = 4;

/** What is known of the list in an answer. */
export interface ListInAnswer {
  /** The member of the envelope that holds the records: what it says is theirs. */
  readonly heldBy: string | undefined;
  readonly isEmpty: boolean;
}

/**
 * The error that the envelope of a good answer tells: its members that do, at the top or within `meta`. `undefined` where
 * it tells none. Records are not looked at, so that the work does not grow with the page.
 */
export function answerError(body: Json, { heldBy, isEmpty }: ListInAnswer): JsonObject | undefined {
  if (!isObject(body)) return undefined;
  const told = Object.keys(body).flatMap((name): readonly (readonly [string, Json])[] => {
    const value = body[name];
    if (name === heldBy || value === undefined) return [];
    if (name !== 'meta' || !isObject(value)) return [[name, value]];
    return Object.entries<Json>(value);
  });
  const errors = told.filter(([name, value]) => tellsError(plain(name), value));
  const remarks = isEmpty ? told.filter(([name]) => REMARKS.test(plain(name))) : [];
  const isTold = errors.length > 0 || saysLimit(Object.fromEntries(remarks));
  // What stands beside an error says more of it.
  return isTold
    ? Object.fromEntries([...errors, ...remarks].map(([name, value]) => [name, clipped(value)]))
    : undefined;
}

/** True for an error that says, in words or by a code, that the caller asked too often. */
export function saysLimit(error: Json): boolean {
  const text = stringifyJson(error);
  return CODE_429.test(text) || saysRateLimit(200, Buffer.from(text));
}

function tellsError(name: string, value: Json): boolean {
  if (ERRORS.test(name)) return !saysNothing(value);
  if (!OUTCOMES.test(name)) return false;
  return value === false || (typeof value === 'string' && FAILED.test(value));
}

/** True for a value that means no error: `null`, `[]`, `""`, `{}`, `false`, `0`, `{"code":0,"message":"OK"}`. */
function saysNothing(value: Json, depth = 0): boolean {
  if (value === null || value === false) return true;
  if (typeof value !== 'object') return NO_ERROR.test(String(value).trim());
  return depth < DEEPEST && Object.values<Json>(value).every((each) => saysNothing(each, depth + 1));
}

function clipped(value: Json): Json {
  return Array.isArray(value) ? (value as readonly Json[]).slice(0, MOST_ERRORS) : value;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}
