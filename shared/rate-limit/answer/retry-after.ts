import type { BudgetAnswer, RateBudget } from '../../contract/budget';
import { compilePath } from '../../values/json-path';
import { boundedWait, longestWaitMs } from '../../values/wait-bound';
import { passesByItself, retryAfterMs } from './rate-limit-headers';

/**
 * Reads how many milliseconds an answer asks to wait, no more than the longest: by `Retry-After`, where its status passes
 * by itself, or in its body, where the budget declares that; `undefined` where it says nothing.
 */
export function compileWait(budget: RateBudget): (answer: BudgetAnswer, now: Date) => number | undefined {
  const waitOf = compileBodyWait(budget);
  const longestMs = longestWaitMs(budget);
  return (answer, now) => {
    const isPassing = answer.status === 429 || passesByItself(answer.status);
    return (isPassing ? retryAfterMs(answer.headers, now, longestMs) : undefined) ?? waitOf(answer);
  };
}

function compileBodyWait({ limits, wait }: RateBudget): (answer: BudgetAnswer) => number | undefined {
  if (wait === undefined) return () => undefined;
  const read = compilePath(wait.from);
  const longestMs = longestWaitMs({ limits });
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
