import {
  DuckDBDataChunk,
  DuckDBTimestampValue,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { ColumnType } from '../../../shared/contract/table';
import type { Column, Row, Shape } from './catalog';
import type { Cell } from './cells';
import { quote, uniqueView } from './sql';

/** Rows for one table; an empty list creates the table and its new columns. */
export interface TableWrite {
  readonly shape: Shape;
  readonly rows: readonly Row[];
}

/** The database's type for each column type. */
export const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'VARCHAR',
  int: 'INTEGER',
  long: 'BIGINT',
  real: 'DOUBLE',
  boolean: 'BOOLEAN',
  datetime: 'TIMESTAMP',
  dynamic: 'JSON',
};

/** The database's vector size, the most that its appender takes at once. */
const ROWS_PER_CHUNK = 2048;

/** The database's tables, by name. */
export interface KnownTables {
  /** How many columns each table has in the database; a commit updates it. */
  readonly made: Map<string, number>;
  /** The tables that webhooks fill. */
  readonly pushed: ReadonlySet<string>;
}

/**
 * Commits rows in one transaction, after creating missing tables and columns.
 * @throws Error if any row or column is refused; nothing is stored then
 */
export async function commitWrites(
  connection: DuckDBConnection,
  { made, pushed }: KnownTables,
  writes: readonly TableWrite[],
): Promise<void> {
  const tables = new Map<Shape, { readonly columns: readonly Column[]; readonly rows: Row[] }>();
  for (const { shape, rows } of writes) {
    // A copy, because later posts may add columns to the shape while this commit waits.
    const table = tables.get(shape) ?? { columns: [...shape.columns], rows: [] };
    for (const row of rows) table.rows.push(row);
    tables.set(shape, table);
  }
  await connection.run('BEGIN');
  try {
    for (const [{ name }, { columns, rows }] of tables) {
      const added = await makeColumns(connection, name, columns, made.get(name) ?? 0);
      const view = added > 0 ? uniqueView(name, columns, pushed.has(name)) : undefined;
      if (view !== undefined) await connection.run(view);
      await appendRows(connection, name, columns, rows);
    }
    await connection.run('COMMIT');
  } catch (error) {
    await connection.run('ROLLBACK');
    throw error;
  }
  for (const [{ name }, { columns }] of tables) made.set(name, columns.length);
}

/** @returns how many columns were added */
async function makeColumns(
  connection: DuckDBConnection,
  name: string,
  columns: readonly Column[],
  made: number,
): Promise<number> {
  const missing = columns.slice(made).map((column) => `${quote(column.name)} ${SQL_TYPES[column.type]}`);
  if (made === 0) await connection.run(`CREATE TABLE ${quote(name)} (${missing.join(', ')})`);
  else for (const column of missing) await connection.run(`ALTER TABLE ${quote(name)} ADD COLUMN ${column}`);
  return missing.length;
}

async function appendRows(
  connection: DuckDBConnection,
  name: string,
  columns: readonly Column[],
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const appender = await connection.createAppender(name);
  try {
    const types = columns.map((_, position) => appender.columnType(position));
    for (let start = 0; start < rows.length; start += ROWS_PER_CHUNK) {
      appender.appendDataChunk(toChunk(columns, types, rows.slice(start, start + ROWS_PER_CHUNK)));
    }
    appender.flushSync();
  } catch (error) {
    appender.clear();
    throw error;
  } finally {
    appender.closeSync();
  }
}

function toChunk(
  columns: readonly Column[],
  types: readonly DuckDBType[],
  rows: readonly Row[],
): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create(types, rows.length);
  chunk.setColumns(
    columns.map(({ type }, position) => rows.map((row) => toValue(row[position] ?? null, type))),
  );
  return chunk;
}

function toValue(cell: Cell, type: ColumnType): DuckDBValue {
  return type === 'datetime' && typeof cell === 'bigint' ? new DuckDBTimestampValue(cell) : cell;
}
