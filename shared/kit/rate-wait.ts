import type { BudgetAnswer, RateBudget } from '../contract/budget';
import { compilePath } from './paths';
import { boundedWait, longestWaitMs } from './wait-bound';

/** Reads how many milliseconds an answer's body asks to wait, no more than the longest; `undefined` where it says nothing. */
export function compileWait({ limits, wait }: RateBudget): (answer: BudgetAnswer) => number | undefined {
  if (wait === undefined) return () => undefined;
  const read = compilePath(wait.from);
  const longestMs = longestWaitMs({ limits });
  const factor = wait.unit === 'milliseconds' ? 1 : 1_000;
  return (answer) => {
    try {
      const value = Number(read(answer.json()));
      return value > 0 ? boundedWait(value * factor, longestMs) : undefined;
    } catch {
      // Whoever reads the answer says that it is no JSON.
      return undefined;
    }
  };
}
