import { clausesOf, type Clause } from './clauses';

/** One of these in a clause or a code is enough. */
const SAYS_SO = phrases(
  'rate limited, rate exceeded, due to rate limiting, throttled, throttling exception, throttling error, due to throttling',
  'request throttling, throughput exceeded, slow down, abuse detection, requests too fast, requests too quickly',
  'requests too often, requests too frequently, requests are too frequent, quota exceeded for quota',
  'resource has been exhausted, prior request not complete, error 1015, error code 1015',
);
/** A code that is one of these phrases and nothing else means a limit. */
const WHOLE_CODES = phrases(
  'throttling, quota exceeded, exceeded quota, limit exceeded exception, resource exhausted, resource temporarily exhausted',
);
/** Else a clause names three things, in any order: what is counted over time, its limit, and that it is met. */
const COUNTED = phrases(
  'rate, request, requests, call, calls, query, queries, api, usage, throughput, bandwidth, concurrency, concurrent',
  'secondly, minutely, hourly, daily',
);
const LIMIT = phrases('limit, limits, quota, quotas, max, maximum, per');
const MET = phrases('exceeded, exceeds, exceed, exceeding, reached, hit, exhausted, over');
/** A limit that can be no other. */
const RATE_LIMIT = phrases('rate limit, rate limits, rate quota');
const TOO_MANY = / too many (?:concurrent|(?:\w+ ){0,2}(?:requests|calls|queries)) /;

/** A clause with one of these words is about permissions or size, not about frequency. */
const RIGHT = phrases(
  'permission, permissions, privilege, privileges, license, licensed, licence, licenced, entitled, entitlement, anonymous',
  'unauthenticated, unauthorized, unauthorised, not authorized, not authorised, not permitted, not accessible, failed, locked',
);
/** With one of these, of how large something may be. */
const SIZE = phrases(
  'size, length, range, lookback, retention, history, days, page, batch, payload, body, bytes, kb, mb, gb, characters, url',
  'complexity, depth, storage, disk, records, rows, items, results, fields, filters, keys, tokens, users, seats, devices, accounts',
);
/** With one of these, where the request is at fault, of what was asked. */
const ASKED = phrases(
  'unknown, invalid, unsupported, unexpected, malformed, filter, field, fields, parameter, parameters, argument, value, expression',
  'operator, syntax, column',
);
/** The statuses that say that the request is at fault: a limit of what it may ask for is called a limit of the request, too. */
const AT_FAULT = new Set([400, 413, 414, 422]);

/**
 * True when an error's body says that its caller asked too often, in a sentence or by a code. Where the status says that
 * the request is at fault, a sentence must name the rate; a code need not.
 */
export function saysRateLimit(status: number, body: Uint8Array): boolean {
  const isAtFault = AT_FAULT.has(status);
  return clausesOf(body).some((clause) => isLimit(clause, isAtFault && !clause.isCode));
}

function isLimit({ isCode, words }: Clause, isStrict: boolean): boolean {
  const has = (list: readonly string[]): boolean => list.some((phrase) => words.includes(phrase));
  if (has(RIGHT) || (isStrict && has(ASKED))) return false;
  if (has(SAYS_SO) || (has(RATE_LIMIT) && has(MET)) || (isCode && WHOLE_CODES.includes(words))) return true;
  if (has(SIZE)) return false;
  return TOO_MANY.test(words) || (!isStrict && has(COUNTED) && has(LIMIT) && has(MET));
}

/** Each with a space around it, as the words of a clause have. */
function phrases(...lists: readonly string[]): readonly string[] {
  return lists.flatMap((list) => list.split(', ').map((phrase) => ` ${phrase} `));
}
