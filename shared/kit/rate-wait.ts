import type { BudgetAnswer, RateBudget } from '../contract/budget';
import { parseJson } from './json';
import { compilePath } from './paths';

/** Reads how many milliseconds an answer's body asks to wait; 0 where it says nothing. */
export function compileWait({ wait }: RateBudget): (answer: BudgetAnswer) => number {
  if (wait === undefined) return () => 0;
  const read = compilePath(wait.from);
  const factor = wait.unit === 'milliseconds' ? 1 : 1_000;
  return ({ body }) => {
    try {
      const value = Number(read(parseJson(new TextDecoder().decode(body))));
      return value > 0 ? value * factor : 0;
    } catch {
      // Whoever reads the answer says that it is no JSON.
      return 0;
    }
  };
}
