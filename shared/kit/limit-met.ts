import type { BudgetAnswer, RateBudget } from '../contract/budget';
import { saysRateLimit } from './limit-words';
import { compilePath } from './paths';
import { readRateHeaders } from './rate-headers';
import { compileWait } from './rate-wait';
import { retryAfterMs } from './retry-after';
import { boundedWait, longestWaitMs } from './wait-bound';

/** An answer that says: you ask too often. */
export interface LimitMet {
  /** How long nobody should ask, in milliseconds, as far as that is believed; absent where the answer does not say. */
  readonly waitMs?: number;
}

const NOTHING_LEFT = /^x-rate-?limit-remaining$|^rate-?limit-remaining$/;

/**
 * Tells an answer that means "too often" from any other. It is one by its status (429), by what it declares (a code in
 * its body, whatever the status), or, of a status of 400 and above but 401: by a `Retry-After` or a limit of which
 * nothing is left (403), or by its words.
 */
export function compileLimit(budget: RateBudget): (answer: BudgetAnswer, now: Date) => LimitMet | undefined {
  const hasCode = compileCode(budget);
  const waitOf = compileWait(budget);
  const longestMs = longestWaitMs(budget);
  const isLimit = (answer: BudgetAnswer): boolean => {
    const { body, headers, status } = answer;
    if (status === 429 || hasCode(answer)) return true;
    if (status < 400 || status === 401) return false;
    return (
      (status === 403 && (headers['retry-after'] !== undefined || isUsedUp(headers))) || saysRateLimit(body)
    );
  };
  return (answer, now) => {
    if (!isLimit(answer)) return undefined;
    const asked = retryAfterMs(answer.headers, now, longestMs) ?? waitOf(answer);
    const resets = readRateHeaders(answer.headers, now).filter(({ remaining }) => remaining === 0);
    const waitMs =
      asked ??
      (resets.length === 0
        ? undefined
        : boundedWait(Math.max(...resets.map(({ resetMs }) => resetMs)), longestMs));
    return waitMs === undefined ? {} : { waitMs };
  };
}

function isUsedUp(headers: BudgetAnswer['headers']): boolean {
  return Object.entries(headers).some(([name, value]) => NOTHING_LEFT.test(name) && value.trim() === '0');
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
      // Whoever reads the answer says that it is no JSON.
      return false;
    }
  };
}
