import type { Json } from '../../../shared/contract/json';
import type { ObjectsSpec } from '../../../shared/contract/objects';
import type { RestSpec } from '../../../shared/contract/rest';
import type { Table } from '../../../shared/contract/table';
import { canonicalJson } from '../../../shared/values/json/json';
import { compilePath, listPath, memberNames } from '../../../shared/values/json-path';
import { compareIso, toIso } from '../../../shared/values/time';
import { copier, type RecordShape } from '../../../local/vendor/feed/event-copies';
import { namesOfPath, withValueAt } from '../../../local/vendor/feed/write-at-path';
import { seeded } from '../../../local/vendor/random';
import type { Masker } from '../../mask/masker';
import type { Sample } from './sample';

/** People read fixtures, so they hold no more records. The table is inferred from the whole sample. */
const MAX_RECORDS = 20;
const MINUTE_MS = 60_000;

/** Two answers with masked records in the sample's order, and the records in the order in which a run receives them. */
export interface FixturePages {
  readonly bodies: readonly Json[];
  readonly delivered: readonly Json[];
}

/** Cuts a sample into two pages, so that a replay requests a second one. If the sample has one record, adds a second. */
export function fixturePages(
  sample: Sample,
  spec: RestSpec | ObjectsSpec,
  table: Table,
  mask: Masker['mask'],
): FixturePages {
  const timeAt = compilePath(table.time);
  const isoOf = (record: Json): string => toIso(timeAt(record)) ?? '';
  const different = [...new Map(sample.records.map((each) => [canonicalJson(each), each])).values()];
  const shown = different.slice(0, MAX_RECORDS);
  const asked = 'store' in spec ? undefined : spec;
  const { explode } = asked ?? {};
  const place = namesOfPath(listPath(recordsIn(spec)));
  const [envelope = null, ...copies] = mask([withValueAt(sample.body, place, []), ...shown]);
  // Keeps the event time, even if its member's name suggests personal data.
  const timePlace = memberNames(table.time);
  const masked = copies.map((copy, index) =>
    timePlace === undefined ? copy : withValueAt(copy, timePlace, timeAt(shown[index] ?? null) as Json),
  );
  const afterMs = asked?.window?.order === 'newest-first' ? -MINUTE_MS : MINUTE_MS;
  const records =
    masked.length > 1
      ? masked
      : masked.flatMap((one) => [one, second(one, { ...table, explode }, isoOf(one), afterMs)]);
  const half = Math.ceil(records.length / 2);
  const bodies = [records.slice(0, half), records.slice(half)].map((each, index) =>
    asked === undefined || asked.details !== undefined || asked.files !== undefined
      ? withValueAt(envelope, place, each)
      : counted(asked, goesOn(asked, withValueAt(envelope, place, each), index === 0), records.length),
  );
  return { bodies, delivered: asked === undefined ? records : deliveredBy(asked, records, isoOf) };
}

/** The path of the records in an answer like the sample. */
function recordsIn(spec: RestSpec | ObjectsSpec): string {
  if ('store' in spec) return spec.records ?? '$';
  const { details, files, records } = spec;
  return files === undefined ? (details?.records ?? records) : (files.records ?? '$');
}

/** A vendor that is asked for a range sorts its records, also one that is out of order in the sample. */
function deliveredBy(
  { files, resume, window }: RestSpec,
  records: readonly Json[],
  isoOf: (record: Json) => string,
): readonly Json[] {
  if (resume !== 'time' || files !== undefined) return records;
  const sign = window?.order === 'newest-first' ? -1 : 1;
  return [...records].sort((a, b) => sign * compareIso(isoOf(a), isoOf(b)));
}

function second(record: Json, table: Table & RecordShape, iso: string, afterMs: number): Json {
  return copier(table, seeded(table.name))(record, new Date(Date.parse(iso) + afterMs));
}

/** Writes the next-page information: that there is another page, or that there is none. */
function goesOn({ next, stop }: RestSpec, body: Json, more: boolean): Json {
  let said = body;
  if (next.kind === 'link' && next.from !== undefined)
    said = withValueAt(said, namesOfPath(next.from), more ? '/page-2' : null);
  if (next.kind === 'cursor' && next.from !== undefined) {
    const place = namesOfPath(listPath(next.from));
    const token = next.join === undefined ? 'page-2' : ['page', '2'];
    said = withValueAt(said, place, more ? token : null);
  }
  return stop.on === 'unless' ? withValueAt(said, namesOfPath(stop.path), more) : said;
}

/** Writes the number of records or pages. */
function counted({ stop }: RestSpec, body: Json, records: number): Json {
  if (stop.on !== 'total' && stop.on !== 'last-page') return body;
  return withValueAt(body, namesOfPath(stop.path), stop.on === 'total' ? records : 2);
}
