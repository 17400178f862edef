import type { Json, JsonObject } from '../../contract/json';
import type { DeadLetter } from '../../contract/run';
import type { PushMetadata, PushedBody, SpoolCounters } from '../../contract/spool';
import type { ColumnType, Table } from '../../contract/table';
import { toClassicColumns, type ClassicShape } from './columns';
import { pauseMeter } from '../../values/cooperative';
import { readJson } from '../../values/json/incremental-parse';
import { isObject } from '../../values/json-path';
import type { Encoded } from '../../rows/batch';
import { encodeRow } from '../../rows/encode';
import type { FormatOptions } from '../../rows/format-page';
import { isShortRecord, toDeadLetter } from '../../rows/format-row';
import type { BodyFormat, PushedRow } from '../body-format';
import { classicTime } from './column-types';
import { recordsOf } from './records';

/** Columns of every classic table. */
const OWN_COLUMNS: SpoolCounters['columns'] = { TimeGenerated: 'datetime' };

/** The table of a Log-Type. */
export function classicTable(logType: string): Table {
  return { name: `${logType}_CL`, time: 'TimeGenerated', classic: true, columns: {} };
}

/** The API refused a property with this name. Clients that send one mean the time of the row. */
const TIME = 'TimeGenerated';

/**
 * Formats bodies of the Data Collector API into the columns that the API would create. `TimeGenerated` is the property that
 * the request names, else the record's `TimeGenerated`, else the time of receipt. `AzureResourceId` is the resource that the
 * request names.
 * @param known the columns that the table's records have created so far
 */
export function compileClassic(
  table: Table,
  known: SpoolCounters['columns'],
  sink: FormatOptions['sink'],
): BodyFormat {
  const shape = shapeOf({ ...OWN_COLUMNS, ...known });
  const toRow = function* (
    record: JsonObject,
    { facts = {}, receivedAt }: PushMetadata,
  ): Generator<undefined, Record<string, Json>, undefined> {
    const { timeField, resourceId } = facts as { readonly timeField?: string; readonly resourceId?: string };
    const row = Object.create(null) as Record<string, Json>;
    const named = classicTime(record, timeField);
    const time = named ?? classicTime(record, TIME);
    row[TIME] = time ?? receivedAt;
    const { columns, extra } = yield* toClassicColumns(shape, record);
    // A `TimeGenerated` that became the time of the row is not repeated. An unreadable or unused one is kept.
    if (time !== undefined && (named === undefined || timeField === TIME)) extra.delete(TIME);
    for (const [name, value] of columns) row[name] = value;
    if (resourceId !== undefined) row['AzureResourceId'] = resourceId;
    if (extra.size > 0) row['AdditionalFields'] = yield* objectOf(extra);
    for (const [name, type] of [...OPTIONAL]) if (name in row && !shape.find(name)) shape.add({ name, type });
    return row;
  };
  const records = function* ({
    bytes,
  }: Pick<PushedBody, 'bytes'>): Generator<undefined, readonly JsonObject[], undefined> {
    return recordsOf(yield* readJson(bytes));
  };
  const encode = function* (
    record: JsonObject,
    post: PushMetadata,
  ): Generator<undefined, Encoded<PushedRow> | { readonly deadLetter: DeadLetter }, undefined> {
    const isShort = isShortRecord(record);
    const encoded = yield* encodeRow(table, yield* toRow(record, post), sink, { record, isShort });
    if ('deadLetter' in encoded) return { deadLetter: encoded.deadLetter };
    const { text, truncated } = encoded;
    return { text, row: truncated === undefined ? { record } : { record, truncated } };
  };
  return {
    *format(body) {
      const rows: Encoded<PushedRow>[] = [];
      const deadLetters: DeadLetter[] = [];
      const isPauseDue = pauseMeter();
      for (const record of yield* records(body)) {
        const encoded = yield* encode(record, body);
        if ('deadLetter' in encoded) deadLetters.push(encoded.deadLetter);
        else rows.push(encoded);
        if (isPauseDue(('deadLetter' in encoded ? encoded.deadLetter.record : encoded.text).length)) yield;
      }
      return { rows, deadLetters };
    },
    *records(body) {
      return (yield* records(body)).map((record) => ({ record }));
    },
    *row({ record }, post) {
      if (isObject(record)) return yield* encode(record, post);
      return { deadLetter: yield* toDeadLetter('not-an-object', 'the record is not a JSON object', record) };
    },
    columns: () => shape.all(),
  };
}

/** Makes an object, with pauses: the engine copies each member's name, and 29 MB of names take a second. */
function* objectOf(members: ReadonlyMap<string, Json>): Generator<undefined, JsonObject, undefined> {
  const object = Object.create(null) as Record<string, Json>;
  const isPauseDue = pauseMeter();
  for (const [name, value] of members) {
    object[name] = value;
    if (isPauseDue(name.length)) yield;
  }
  return object;
}

/** Columns that the table gets once a record has a value for them. */
const OPTIONAL: readonly (readonly [name: string, type: ColumnType])[] = [
  ['Computer', 'string'],
  ['AzureResourceId', 'string'],
  ['AdditionalFields', 'dynamic'],
];

function shapeOf(known: SpoolCounters['columns']): ClassicShape & { all(): SpoolCounters['columns'] } {
  const columns = new Map(
    Object.entries(known).map(([name, type]) => [name.toLowerCase(), { name, type }] as const),
  );
  return {
    get size() {
      return columns.size;
    },
    find: (name) => columns.get(name.toLowerCase()),
    add: (column) => void columns.set(column.name.toLowerCase(), column),
    all: () => Object.fromEntries([...columns.values()].map(({ name, type }) => [name, type])),
  };
}
