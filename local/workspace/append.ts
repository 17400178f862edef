import {
  DuckDBDataChunk,
  DuckDBTimestampValue,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { ColumnType } from '../../shared/contract/table';
import type { Column, Row, Shape } from './catalog';
import type { Cell } from './cells';

/** Rows for one table; an empty list makes the table and its new columns. */
export interface TableWrite {
  readonly shape: Shape;
  readonly rows: readonly Row[];
}

/** What each column type is in the database. */
export const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'VARCHAR',
  int: 'INTEGER',
  long: 'BIGINT',
  real: 'DOUBLE',
  boolean: 'BOOLEAN',
  datetime: 'TIMESTAMP',
  dynamic: 'JSON',
};

/** The database's own vector size: what the appender takes at once. */
const ROWS_PER_CHUNK = 2048;

/**
 * Commits rows in one transaction, after making the tables and columns they need.
 * @param made how many columns of each table the database has; brought up to date by a commit
 * @throws Error when anything does not fit; nothing is stored then
 */
export async function commitWrites(
  connection: DuckDBConnection,
  made: Map<Shape, number>,
  writes: readonly TableWrite[],
): Promise<void> {
  const rowsOf = new Map<Shape, Row[]>();
  for (const { shape, rows } of writes) rowsOf.set(shape, (rowsOf.get(shape) ?? []).concat(rows));
  const widths = new Map([...rowsOf.keys()].map((shape) => [shape, shape.columns.length]));
  await connection.run('BEGIN');
  try {
    for (const [shape, rows] of rowsOf) {
      await makeColumns(connection, shape, made.get(shape) ?? 0);
      await appendRows(connection, shape, rows);
    }
    await connection.run('COMMIT');
  } catch (error) {
    await connection.run('ROLLBACK');
    throw error;
  }
  for (const [shape, width] of widths) made.set(shape, width);
}

async function makeColumns(connection: DuckDBConnection, shape: Shape, made: number): Promise<void> {
  const table = quote(shape.name);
  const missing = shape.columns.slice(made).map(({ name, type }) => `${quote(name)} ${SQL_TYPES[type]}`);
  if (made === 0) await connection.run(`CREATE TABLE ${table} (${missing.join(', ')})`);
  else for (const column of missing) await connection.run(`ALTER TABLE ${table} ADD COLUMN ${column}`);
}

async function appendRows(connection: DuckDBConnection, shape: Shape, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const appender = await connection.createAppender(shape.name);
  try {
    const types = shape.columns.map((_, position) => appender.columnType(position));
    for (let start = 0; start < rows.length; start += ROWS_PER_CHUNK) {
      appender.appendDataChunk(toChunk(shape.columns, types, rows.slice(start, start + ROWS_PER_CHUNK)));
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

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
