import { ContractError } from '../../../shared/contract/errors';
import { memberNames } from '../../../shared/values/json-path';

export { withValueAt } from '../../../shared/values/json-path';

/**
 * The member names that lead to one place, where a simulated answer needs something written.
 * @throws ContractError for a JSONPath that searches: nobody could say where to write
 */
export function namesOfPath(path: string): readonly string[] {
  const names = path === '$' ? [] : memberNames(path);
  if (names !== undefined) return names;
  throw new ContractError(
    `simulating a vendor: the path ${path} is not a chain of member names. Declare one, such as data.items.`,
  );
}
