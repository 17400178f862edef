import type { Json, JsonObject } from '../../shared/contract/json';
import type { ColumnType } from '../../shared/contract/table';
import { SUFFIX_TYPES, suffixOf, type Suffix } from '../../shared/push/data-collector/columns';
import { declare, type Catalog, type Column } from './store/catalog';
import { STANDARD_COLUMNS } from './api/standard-columns';
import type { Stream } from './api/streams';

/** A stream that nobody declared, on a laptop: its table and its columns are made when they are first seen. */
export interface UndeclaredStream extends Stream {
  /** Adds the columns that a record needs and that the table does not have. */
  addColumns(record: JsonObject): void;
}

/** `Custom-X_CL`, whose table is `X_CL`: the names of what is pushed. */
const CUSTOM = /^Custom-(\w+_CL)$/;
const KNOWN: Readonly<Record<string, ColumnType>> = {
  TimeGenerated: 'datetime',
  AdditionalFields: 'dynamic',
  Computer: 'string',
};

/** The stream of this name; `undefined` for a name that no custom table's stream has. */
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

/** By the column's name where that says it, else by its first value. */
function typeOf(name: string, value: Exclude<Json, null>): ColumnType {
  const suffix = /_([sdbtg])$/.exec(name)?.[1];
  if (suffix !== undefined) return SUFFIX_TYPES[suffix as Suffix];
  return KNOWN[name] ?? (typeof value === 'object' ? 'dynamic' : SUFFIX_TYPES[suffixOf(value)]);
}
