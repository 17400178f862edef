import type { BudgetAnswer, RateBudget } from '../contract/budget';
import { parseJson } from './json';
import { compilePath } from './paths';

/** Reads how many milliseconds an answer's body asks to wait; `undefined` where it says nothing. */
export function compileWait({ wait }: RateBudget): (answer: BudgetAnswer) => number | undefined {
  if (wait === undefined) return () => undefined;
  const read = compilePath(wait.from);
  const factor = wait.unit === 'milliseconds' ? 1 : 1_000;
  return ({ body }) => {
    try {
      const value = Number(read(parseJson(new TextDecoder().decode(body))));
      return value > 0 ? value * factor : undefined;
    } catch {
      // Whoever reads the answer says that it is no JSON.
      return undefined;
    }
  };
}
