import type { BudgetAnswer, RateBudget, TooManyRequests } from '../../contract/budget';
import { compilePath } from '../../values/json-path';
import { boundedWait, longestWaitMs } from '../../values/wait-bound';
import { saysLimit } from './error-in-200';
import { type RateHeader, readRateHeaders } from './rate-limit-headers';
import { saysRateLimit } from './rate-limit-words';
import { compileRetryAfter, retryAfterMs } from './retry-after';

/** `X-RateLimit-Remaining`, and longer names: `X-RateLimit-Remaining-Minute`. */
const LIMIT_HEADER = /^(?:x-)?rate-?limit-/;

/**
 * Recognises an answer that means "too many requests", and how long it asks to wait:
 * - the status 429;
 * - the code that the budget declares, in the body of any status;
 * - a 403 with a `Retry-After` or with a limit header of which nothing remains;
 * - a 4xx or 5xx, except 401, whose text says so;
 * - a 2xx with an error, or without the expected content, whose text says so.
 */
export function compileTooManyRequests(
  budget: RateBudget,
): (answer: BudgetAnswer, now: Date) => TooManyRequests | undefined {
  const hasCode = compileCode(budget);
  const retryAfterOf = compileRetryAfter(budget);
  const longestMs = longestWaitMs(budget);
  const isTooMany = (answer: BudgetAnswer, usedUp: readonly RateHeader[]): boolean => {
    const { body, headers, status } = answer;
    if (status === 429 || hasCode(answer)) return true;
    if (answer.error !== undefined) return saysLimit(answer.error);
    if (answer.isUnexpected === true) return saysRateLimit(status, body);
    if (status < 400 || status === 401) return false;
    const inHeaders = headers['retry-after'] !== undefined || usedUp.length > 0 || isNothingLeft(headers);
    return (status === 403 && inHeaders) || saysRateLimit(status, body);
  };
  return (answer, now) => {
    const usedUp = readRateHeaders(answer.headers, now).filter(({ remaining }) => remaining === 0);
    if (!isTooMany(answer, usedUp)) return undefined;
    const asked = retryAfterMs(answer.headers, now, longestMs) ?? retryAfterOf(answer, now);
    if (asked !== undefined) return { retryAfterMs: asked };
    if (usedUp.length === 0) return {};
    return { retryAfterMs: boundedWait(Math.max(...usedUp.map(({ resetMs }) => resetMs)), longestMs) };
  };
}

/** True if a header says that nothing remains, also without a reset. */
function isNothingLeft(headers: BudgetAnswer['headers']): boolean {
  return Object.entries(headers).some(
    ([name, value]) => LIMIT_HEADER.test(name) && name.includes('remaining') && value.trim() === '0',
  );
}

/** Recognises the code that the budget declares. */
function compileCode({ exceeded }: RateBudget): (answer: BudgetAnswer) => boolean {
  if (exceeded === undefined) return () => false;
  const read = compilePath(exceeded.from);
  const values = new Set<unknown>(exceeded.is);
  return (answer) => {
    try {
      return values.has(read(answer.json()));
    } catch {
      // The reader of the answer reports that it is not JSON.
      return false;
    }
  };
}
