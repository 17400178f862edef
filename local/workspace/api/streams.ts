import type { JsonObject } from '../../../shared/contract/json';
import { declare, fill, type Catalog, type Column, type Row, type Shape } from '../store/catalog';
import { toCell } from '../store/cells';
import { stamp, STANDARD_COLUMNS } from './standard-columns';
import { clampTime } from '../time';
import type { WorkspaceTable } from '../store/workspace-table';

/** A longer value is cut. @see https://learn.microsoft.com/azure/azure-monitor/service-limits#logs-ingestion-api */
const MAX_FIELD_BYTES = 65_536;

/** One stream of a data collection rule: its columns and its table. */
export interface Stream {
  readonly name: string;
  readonly shape: Shape;
  /** The declared columns, each with its position in the table. */
  readonly fields: readonly (Column & { readonly position: number })[];
}

/**
 * Adds the tables to the catalog, each with the service's own columns. @returns the streams by name
 * @throws Error for a column with a reserved name, a column that changed its type, or a stream with two tables
 */
export function declareStreams(
  catalog: Catalog,
  tables: readonly WorkspaceTable[],
): ReadonlyMap<string, Stream> {
  const streams = new Map<string, Stream>();
  for (const table of tables) {
    const stream = declareStream(catalog, table);
    const other = streams.get(stream.name);
    if (other && other.shape !== stream.shape) {
      throw new Error(
        `declaring stream ${stream.name}: tables ${other.shape.name} and ${table.name} both name it. Rename one.`,
      );
    }
    streams.set(stream.name, stream);
  }
  return streams;
}

/**
 * The row of a record: declared columns by their exact names, converted. Missing and unsuitable values are null; undeclared
 * members are dropped. `TimeGenerated` is limited to the range that the service accepts.
 */
export function toRow(
  { shape, fields }: Stream,
  record: JsonObject,
  tenantId: string,
  receivedAt: Date,
): Row {
  const row: Row = [];
  for (const { name, type, position } of fields) {
    row[position] = Object.hasOwn(record, name) ? toCell(record[name], type, MAX_FIELD_BYTES) : null;
  }
  const time = row[shape.find('TimeGenerated') ?? -1];
  fill(shape, row, { TimeGenerated: clampTime(typeof time === 'bigint' ? time : undefined, receivedAt) });
  return stamp(shape, row, tenantId, receivedAt);
}

function declareStream(catalog: Catalog, { name, stream, columns }: WorkspaceTable): Stream {
  const kept = columns.find((column) => STANDARD_COLUMNS.some((standard) => standard.name === column.name));
  if (kept) {
    throw new Error(
      `declaring table ${name}: the service fills column ${kept.name} itself. Give it another name.`,
    );
  }
  const shape = catalog.table(name);
  declare(shape, columns);
  declare(shape, [{ name: 'TimeGenerated', type: 'datetime' }, ...STANDARD_COLUMNS]);
  return {
    name: stream,
    shape,
    fields: columns.map((column) => ({ ...column, position: shape.find(column.name) ?? -1 })),
  };
}
