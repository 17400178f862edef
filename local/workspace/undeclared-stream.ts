import type { Json, JsonObject } from '../../shared/contract/json';
import type { ColumnType } from '../../shared/contract/table';
import { declare, type Catalog, type Column } from './store/catalog';
import { STANDARD_COLUMNS } from './api/standard-columns';
import type { Stream } from './api/streams';
import { SUFFIX_TYPES, type Suffix, suffixOf } from '../../shared/push/data-collector/column-types';

/** A stream that is not declared. The local workspace creates its table and columns when records first need them. */
export interface UndeclaredStream extends Stream {
  /** Adds the columns that a record needs and the table lacks. */
  addColumns(record: JsonObject): void;
}

/** Matches `Custom-X_CL`, the stream of the table `X_CL`. */
const CUSTOM = /^Custom-(\w+_CL)$/;
const KNOWN: Readonly<Record<string, ColumnType>> = {
  TimeGenerated: 'datetime',
  AdditionalFields: 'dynamic',
  Computer: 'string',
};

/** The stream of this name; `undefined` if it is not the name of a custom table's stream. */
export function undeclaredStream(catalog: Catalog, name: string): UndeclaredStream | undefined {
  const table = CUSTOM.exec(name)?.[1];
  if (table === undefined) return undefined;
  const shape = catalog.table(table);
  const fields: (Column & { readonly position: number })[] = [];
  const known = new Set<string>();
  const add = (column: Column): void => {
    known.add(column.name);
    const position = shape.find(column.name) ?? shape.add(column);
    const there = shape.columns[position];
    if (there?.name === column.name) fields.push({ ...there, position });
  };
  for (const column of shape.columns) if (!isStandard(column.name)) add(column);
  add({ name: 'TimeGenerated', type: 'datetime' });
  declare(
    shape,
    STANDARD_COLUMNS.filter(({ name: standard }) => shape.find(standard) === undefined),
  );
  return {
    name,
    shape,
    fields,
    addColumns(record) {
      for (const column of Object.keys(record)) {
        const value = record[column] as Json;
        if (value !== null && !known.has(column) && !isStandard(column) && /^\w+$/.test(column))
          add({ name: column, type: typeOf(column, value) });
      }
    },
  };
}

function isStandard(name: string): boolean {
  return STANDARD_COLUMNS.some((column) => column.name === name);
}

/** The type by the column's name, if it has a suffix or is known, else by its first value. */
function typeOf(name: string, value: Exclude<Json, null>): ColumnType {
  const suffix = /_([sdbtg])$/.exec(name)?.[1];
  if (suffix !== undefined) return SUFFIX_TYPES[suffix as Suffix];
  return KNOWN[name] ?? (typeof value === 'object' ? 'dynamic' : SUFFIX_TYPES[suffixOf(value)]);
}
