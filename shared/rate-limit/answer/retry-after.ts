import type { BudgetAnswer, RateBudget } from '../../contract/budget';
import { readHttpDate } from '../../values/http-date';
import { compilePath } from '../../values/json-path';
import { boundedWait, longestWaitMs } from '../../values/wait-bound';

/** True for a transient status other than 429: the request was right, and will be answered later. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status >= 500;
}

/**
 * Reads `Retry-After`: seconds, or a date of HTTP or of ISO 8601.
 * @param longestMs a longer wait is clipped to it @default an hour
 * @returns milliseconds, 0 or more; `undefined` if the header is absent or malformed
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string>>,
  now: Date,
  longestMs?: number,
): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return boundedWait(Math.round(Number(value) * 1_000), longestMs);
  const date = readHttpDate(value, now);
  return date === undefined ? undefined : boundedWait(date - now.getTime(), longestMs);
}

/**
 * Reads how long an answer asks to wait, in milliseconds and clipped: by `Retry-After` of a 429 or another transient
 * status, else by the member of the body that the budget declares. `undefined` if the answer does not say.
 */
export function compileRetryAfter(
  budget: RateBudget,
): (answer: BudgetAnswer, now: Date) => number | undefined {
  const inBody = compileBody(budget);
  const longestMs = longestWaitMs(budget);
  return (answer, now) => {
    const isTransient = answer.status === 429 || isTransientStatus(answer.status);
    return (isTransient ? retryAfterMs(answer.headers, now, longestMs) : undefined) ?? inBody(answer);
  };
}

function compileBody(budget: RateBudget): (answer: BudgetAnswer) => number | undefined {
  const { wait } = budget;
  if (wait === undefined) return () => undefined;
  const read = compilePath(wait.from);
  const longestMs = longestWaitMs(budget);
  const factor = wait.unit === 'milliseconds' ? 1 : 1_000;
  return (answer) => {
    try {
      const value = Number(read(answer.json()));
      return value > 0 ? boundedWait(value * factor, longestMs) : undefined;
    } catch {
      // The reader of the answer reports that it is not JSON.
      return undefined;
    }
  };
}
