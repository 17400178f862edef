import type { Json } from '../../shared/contract/json';
import type { RestSpec } from '../../shared/contract/rest';
import { compilePath } from '../../shared/kit/paths';
import { toIso } from '../../shared/kit/time';
import { placeOf, withValueAt } from './places';

/** An answer with no more than its first records: fixtures are read by people. */
export function firstRecords(body: Json, { records }: Pick<RestSpec, 'records'>, count: number): Json {
  const path = records.replace(/\[\*\]$/, '');
  const place = placeOf(path);
  const all = place.length === 0 ? body : compilePath(path)(body);
  return Array.isArray(all) ? withValueAt(body, place, all.slice(0, count) as Json) : body;
}

/** The newest time in some records, as milliseconds; 0 where none says one. */
export function newestMs(records: readonly Json[], time: string): number {
  const timeAt = compilePath(time);
  return Math.max(0, ...records.map((record) => Date.parse(toIso(timeAt(record)) ?? '') || 0));
}
