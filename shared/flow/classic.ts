import type { Json, JsonObject } from '../contract/json';
import type { DeadLetter } from '../contract/run';
import type { Sink } from '../contract/sink';
import type { PushedBody, SpoolTotals } from '../contract/spool';
import type { ColumnType, Table } from '../contract/table';
import { classicTime, toClassicColumns, type ClassicShape } from '../kit/classic-columns';
import { parseJson } from '../kit/json';
import type { Encoded } from './batch';
import { encodeRow } from './format';
import { recordsOf } from './push';
import { keepInAdditionalFields } from './stream-columns';

/** What a row of a pushed body stands for, beside its text. */
export interface PushedRow {
  readonly record: Json;
  /** Set when the row holds less than its record. */
  readonly truncated?: DeadLetter;
}

/** What a body's records became. */
export interface FormattedBody {
  readonly rows: readonly Encoded<PushedRow>[];
  /** Records that no row could be made of. */
  readonly letters: readonly DeadLetter[];
  /** Records that the source or the operator turned away. @default 0 */
  readonly filtered?: number;
  /** Records of which at least one value did not fit its column. @default 0 */
  readonly drifted?: number;
}

/** Makes rows of bodies. */
export interface BodyFormat {
  /** @throws anything, for a body that is not what it was taken for: it fails for a reason of its own */
  readonly format: (body: PushedBody) => FormattedBody;
  /** Every column that was ever made. */
  readonly columns: () => SpoolTotals['columns'];
}

/** The columns of a classic table that no property made. */
const OWN_COLUMNS: SpoolTotals['columns'] = { TimeGenerated: 'datetime' };

/** The table that a Log-Type fills. */
export function classicTable(logType: string): Table {
  return { name: `${logType}_CL`, time: 'TimeGenerated', classic: true, columns: {} };
}

/**
 * Formats bodies of the Data Collector API into the columns that it made. `TimeGenerated` is the property that the post
 * names, or when the body was taken; the Azure resource that a post names stands in `AzureResourceId`.
 * @param known the columns that the table's records have made so far
 * @param taken the columns that the table's stream takes; what others hold travels in `AdditionalFields`. @default all
 */
export function compileClassic(
  table: Table,
  known: SpoolTotals['columns'],
  sink: Pick<Sink, 'limits' | 'encode'>,
  taken?: ReadonlySet<string>,
): BodyFormat {
  const shape = shapeOf({ ...OWN_COLUMNS, ...known });
  const toRow = (record: JsonObject, { facts = {}, receivedAt }: PushedBody): Record<string, Json> => {
    const { timeField, resourceId } = facts as { readonly timeField?: string; readonly resourceId?: string };
    const row = Object.create(null) as Record<string, Json>;
    row['TimeGenerated'] = classicTime(record, timeField) ?? receivedAt;
    const { columns, extra } = toClassicColumns(shape, record);
    for (const [name, value] of columns) row[name] = value;
    if (resourceId !== undefined) row['AzureResourceId'] = resourceId;
    if (extra.size > 0) row['AdditionalFields'] = Object.fromEntries(extra);
    for (const [name, type] of [...OPTIONAL]) if (name in row && !shape.find(name)) shape.add({ name, type });
    keepInAdditionalFields(row, taken);
    return row;
  };
  return {
    format(body) {
      const rows: Encoded<PushedRow>[] = [];
      const letters: DeadLetter[] = [];
      for (const record of recordsOf(parseJson(new TextDecoder().decode(body.bytes)))) {
        const encoded = encodeRow(table, toRow(record, body), sink, record);
        if ('letter' in encoded) {
          letters.push(encoded.letter);
          continue;
        }
        const { text, truncated } = encoded;
        rows.push({ text, row: truncated === undefined ? { record } : { record, truncated } });
      }
      return { rows, letters };
    },
    columns: () => shape.all(),
  };
}

/** Columns that are there once a record has something for them. */
const OPTIONAL: readonly (readonly [name: string, type: ColumnType])[] = [
  ['Computer', 'string'],
  ['AzureResourceId', 'string'],
  ['AdditionalFields', 'dynamic'],
];

function shapeOf(known: SpoolTotals['columns']): ClassicShape & { all(): SpoolTotals['columns'] } {
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
