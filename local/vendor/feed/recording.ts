import type { Json } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import { compilePath, listPath } from '../../../shared/values/json-path';
import { namesOfPath, withValueAt } from './write-at-path';

/** An answer with no more than its first records: fixtures are read by people. */
export function firstRecords(body: Json, { records }: Pick<RestSpec, 'records'>, count: number): Json {
  const path = listPath(records);
  const place = namesOfPath(path);
  const all = place.length === 0 ? body : compilePath(path)(body);
  return Array.isArray(all) ? withValueAt(body, place, all.slice(0, count) as Json) : body;
}
