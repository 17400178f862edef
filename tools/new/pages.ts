import type { Json } from '../../shared/contract/json';
import type { RestSpec } from '../../shared/contract/rest';
import type { Table } from '../../shared/contract/table';
import { canonicalJson } from '../../shared/kit/json';
import { compilePath, memberNames } from '../../shared/kit/paths';
import { compareIso, toIso } from '../../shared/kit/time';
import { copier } from '../../local/vendor/copies';
import { placeOf, withValueAt } from '../../local/vendor/places';
import { seeded } from '../../local/vendor/random';
import type { Mask } from './mask';
import type { Sample } from './sample';

/** Fixtures are for reading: what more a sample holds has shaped the table and is left out here. */
const MAX_RECORDS = 20;
const MINUTE_MS = 60_000;

/** Two answers with masked records, the oldest first, and the records as they stand in them. */
export interface FixturePages {
  readonly bodies: readonly Json[];
  readonly records: readonly Json[];
}

/** Cuts a sample into two pages, so that a replay has to ask for the next one. Of a single record it makes a second. */
export function fixturePages(sample: Sample, spec: RestSpec, table: Table, mask: Mask): FixturePages {
  const timeAt = compilePath(table.time);
  const isoOf = (record: Json): string => toIso(timeAt(record)) ?? '';
  const different = [...new Map(sample.records.map((each) => [canonicalJson(each), each])).values()];
  const masked = different
    .slice(0, MAX_RECORDS)
    .map((record) => mask(record, memberNames(table.time) ?? []))
    .sort((a, b) => compareIso(isoOf(a), isoOf(b)));
  const records = masked.length > 1 ? masked : masked.flatMap((one) => [one, second(one, table, isoOf(one))]);
  const half = Math.ceil(records.length / 2);
  const place = placeOf(spec.records.slice(0, -'[*]'.length));
  const envelope = mask(withValueAt(sample.body, place, []), []);
  const bodies = [records.slice(0, half), records.slice(half)].map((each, index) =>
    goesOn(spec, withValueAt(envelope, place, each), index === 0),
  );
  return { bodies, records };
}

function second(record: Json, table: Table, iso: string): Json {
  return copier(table, seeded(table.name))(record, new Date(Date.parse(iso) + MINUTE_MS));
}

/** Writes what says that there is more, or that there is not. */
function goesOn({ next, stop }: RestSpec, body: Json, more: boolean): Json {
  let said = body;
  if (next.kind === 'cursor') {
    const place = placeOf(next.join === undefined ? next.from : next.from.slice(0, -'[*]'.length));
    const token = next.join === undefined ? 'page-2' : ['page', '2'];
    said = withValueAt(said, place, more ? token : null);
  }
  return stop.on === 'unless' ? withValueAt(said, placeOf(stop.path), more) : said;
}
