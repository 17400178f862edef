import type { Json } from '../../../contract/json';
import type { RestSpec } from '../../../contract/rest';
import { compilePath, memberNames, withValueAt } from '../../../values/json-path';

/** Splits one record of an answer into the records that it holds. */
export type Explode = (record: Json) => readonly Json[];

/**
 * Each element of the list becomes a record: a copy of its parent with the element in the place of the list. A parent without a
 * list, or with an empty one, stays the record that it is, so that nothing is lost.
 */
export function compileExplode(explode: RestSpec['explode']): Explode | undefined {
  if (explode === undefined) return undefined;
  const [listAt, place] = [compilePath(explode), memberNames(explode) ?? []];
  return (record) => {
    const list = listAt(record);
    if (!Array.isArray(list) || list.length === 0) return [record];
    return (list as readonly Json[]).map((element) => withValueAt(record, place, element));
  };
}
