import type { BudgetAnswer } from '../../shared/contract/budget';
import { parseJson } from '../../shared/values/json/json';

/** An answer in the form that a budget receives. */
export function budgetAnswer(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): BudgetAnswer {
  return { status, headers, body: Buffer.from(body), json: () => parseJson(body) };
}
