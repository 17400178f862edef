import type { Json } from '../../../contract/json';
import { stringifyJson } from '../../../values/json/json';

/** An id as text, which `1` and `"1"` share; `undefined` for anything that is no id. */
export function idText(id: Json | undefined): string | undefined {
  if (id === undefined || id === null || typeof id === 'object' || typeof id === 'boolean' || id === '')
    return undefined;
  return typeof id === 'string' ? id : stringifyJson(id);
}
