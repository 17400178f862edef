import { clausesOf, type Clause } from './clauses';

/** A clause or code with one of these means "too many requests". */
const SURE = phrases(
  'rate limited, rate exceeded, due to rate limiting, throttled, throttling exception, throttling error, due to throttling',
  'request throttling, throughput exceeded, slow down, abuse detection, requests too fast, requests too quickly',
  'requests too often, requests too frequently, requests are too frequent, quota exceeded for quota',
  'resource has been exhausted, prior request not complete, error 1015, error code 1015',
);
/** So does a code that is exactly one of these. */
const WHOLE_CODES = phrases(
  'throttling, quota exceeded, exceeded quota, limit exceeded exception, resource exhausted, resource temporarily exhausted',
);
/** Otherwise a clause must name three things, in any order: what is counted over time, its limit, and that it is reached. */
const COUNTED = phrases(
  'rate, request, requests, call, calls, query, queries, api, usage, throughput, bandwidth, concurrency, concurrent',
  'secondly, minutely, hourly, daily',
);
const LIMIT = phrases('limit, limits, quota, quotas, max, maximum, per');
const MET = phrases('exceeded, exceeds, exceed, exceeding, reached, hit, exhausted, over');
/** These name the first two at once. */
const RATE_LIMIT = phrases('rate limit, rate limits, rate quota');
const TOO_MANY = / too many (?:concurrent|(?:\w+ ){0,2}(?:requests|calls|queries)) /;

/** A clause with one of these is about a permission. */
const RIGHT = phrases(
  'permission, permissions, privilege, privileges, license, licensed, licence, licenced, entitled, entitlement, anonymous',
  'unauthenticated, unauthorized, unauthorised, not authorized, not authorised, not permitted, not accessible, failed, locked',
);
/** With one of these, about a size. */
const SIZE = phrases(
  'size, length, range, lookback, retention, history, days, page, batch, payload, body, bytes, kb, mb, gb, characters, url',
  'complexity, depth, storage, disk, records, rows, items, results, fields, filters, keys, tokens, users, seats, devices, accounts',
);
/** With one of these, where the status blames the request, about what was asked. */
const ASKED = phrases(
  'unknown, invalid, unsupported, unexpected, malformed, filter, field, fields, parameter, parameters, argument, value, expression',
  'operator, syntax, column',
);
/** Statuses that blame the request. Vendors call a limit on what it may ask for a "request limit" too. */
const AT_FAULT = new Set([400, 413, 414, 422]);

/**
 * True if the body of an error says "too many requests", in a sentence or by a code. Where the status blames the request, a
 * sentence must name the rate; a code need not.
 */
export function saysRateLimit(status: number, body: Uint8Array): boolean {
  const isAtFault = AT_FAULT.has(status);
  return clausesOf(body).some((clause) => isLimit(clause, isAtFault && !clause.isCode));
}

function isLimit({ isCode, words }: Clause, isStrict: boolean): boolean {
  const has = (list: readonly string[]): boolean => list.some((phrase) => words.includes(phrase));
  if (has(RIGHT) || (isStrict && has(ASKED))) return false;
  if (has(SURE) || (has(RATE_LIMIT) && has(MET)) || (isCode && WHOLE_CODES.includes(words))) return true;
  if (has(SIZE)) return false;
  return TOO_MANY.test(words) || (!isStrict && has(COUNTED) && has(LIMIT) && has(MET));
}

/** Each phrase with a space around it, as in the words of a clause. */
function phrases(...lists: readonly string[]): readonly string[] {
  return lists.flatMap((list) => list.split(', ').map((phrase) => ` ${phrase} `));
}
