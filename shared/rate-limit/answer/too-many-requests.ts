import type { BudgetAnswer, RateBudget } from '../../contract/budget';
import { saysLimit } from './error-in-200';
import { saysRateLimit } from './rate-limit-words';
import { compilePath } from '../../values/json-path';
import { type RateHeader, readRateHeaders, retryAfterMs } from './rate-limit-headers';
import { compileWait } from './retry-after';
import { boundedWait, longestWaitMs } from '../../values/wait-bound';

/** An answer that says: you ask too often. */
export interface LimitMet {
  /** How long to pause, in milliseconds and clipped; absent where the answer does not say. */
  readonly waitMs?: number;
}

/** `X-RateLimit-Remaining`, and what some add to it: `X-RateLimit-Remaining-Minute`. */
const LIMIT_HEADER = /^(?:x-)?rate-?limit-/;

/**
 * Recognises an answer that means "too many requests":
 * - the status 429;
 * - the code that the budget declares, in the body of any status;
 * - a 403 with a `Retry-After` or with a limit header that leaves nothing;
 * - a 4xx or 5xx, except 401, whose text says so;
 * - a good status with an error, or with an unexpected body, whose text says so.
 */
export function compileLimit(budget: RateBudget): (answer: BudgetAnswer, now: Date) => LimitMet | undefined {
  const hasCode = compileCode(budget);
  const waitOf = compileWait(budget);
  const longestMs = longestWaitMs(budget);
  const isLimit = (answer: BudgetAnswer, used: readonly RateHeader[]): boolean => {
    const { body, headers, status } = answer;
    if (status === 429 || hasCode(answer)) return true;
    if (answer.error !== undefined) return saysLimit(answer.error);
    if (answer.isMisfit === true) return saysRateLimit(status, body);
    if (status < 400 || status === 401) return false;
    const isToldByHeaders = headers['retry-after'] !== undefined || used.length > 0 || isNothingLeft(headers);
    return (status === 403 && isToldByHeaders) || saysRateLimit(status, body);
  };
  return (answer, now) => {
    const resets = readRateHeaders(answer.headers, now).filter(({ remaining }) => remaining === 0);
    if (!isLimit(answer, resets)) return undefined;
    const asked = retryAfterMs(answer.headers, now, longestMs) ?? waitOf(answer, now);
    const waitMs =
      asked ??
      (resets.length === 0
        ? undefined
        : boundedWait(Math.max(...resets.map(({ resetMs }) => resetMs)), longestMs));
    return waitMs === undefined ? {} : { waitMs };
  };
}

/** True where that is told without saying until when. */
function isNothingLeft(headers: BudgetAnswer['headers']): boolean {
  return Object.entries(headers).some(
    ([name, value]) => LIMIT_HEADER.test(name) && name.includes('remaining') && value.trim() === '0',
  );
}

/** True when the body says what the budget declares to say it. */
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
