import { ContractError } from '../../../shared/contract/errors';
import type { Json } from '../../../shared/contract/json';
import { isObject, memberNames } from '../../../shared/values/json-path';

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

/** A copy of a value with another value at one place. Missing members on the path are created. */
export function withValueAt(value: Json, [name, ...rest]: readonly string[], put: Json): Json {
  if (name === undefined) return put;
  const object = isObject(value) ? value : {};
  const old = Object.hasOwn(object, name) ? (object[name] as Json) : {};
  return { ...object, [name]: withValueAt(old, rest, put) };
}
