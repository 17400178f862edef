import type { ColumnType } from '../../../shared/contract/table';
import type { Cell } from './cells';

/** One column of a workspace table. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/**
 * One table with all columns of the rows written so far, also of rows that are not stored yet. Columns are only added, at the
 * end.
 */
export interface Shape {
  readonly name: string;
  readonly columns: readonly Column[];
  /** The position of a column, or `undefined`. Names are case-insensitive, as in the database. */
  find(name: string): number | undefined;
  /** Adds a column with a new name. @returns its position */
  add(column: Column): number;
}

/** One row: the cell of each column by its position. Missing cells are null. */
export type Row = Cell[];

/** Every table of the workspace. Names are case-insensitive. */
export interface Catalog {
  shapes(): readonly Shape[];
  find(name: string): Shape | undefined;
  /** The table of this name; creates one without columns if there is none. */
  table(name: string): Shape;
}

/** A catalog with the tables of a database file. */
export function makeCatalog(stored: Iterable<readonly [table: string, column: Column]> = []): Catalog {
  const shapes = new Map<string, Shape>();
  const table = (name: string): Shape => {
    const shape = shapes.get(name.toLowerCase()) ?? makeShape(name);
    shapes.set(name.toLowerCase(), shape);
    return shape;
  };
  for (const [name, column] of stored) table(name).add(column);
  return { shapes: () => [...shapes.values()], find: (name) => shapes.get(name.toLowerCase()), table };
}

/**
 * Adds the missing columns of a table, so that a declaration may grow.
 * @throws Error for a column that exists with another type or in another spelling
 */
export function declare(shape: Shape, columns: readonly Column[]): void {
  for (const column of columns) {
    const position = shape.find(column.name);
    const there = position === undefined ? undefined : shape.columns[position];
    if (!there) shape.add(column);
    else if (there.type !== column.type || there.name !== column.name) throw conflict(shape, there, column);
  }
}

/** Sets the cells of the table's columns, and ignores others. */
export function fill(shape: Shape, row: Row, cells: Readonly<Record<string, Cell>>): Row {
  for (const [name, cell] of Object.entries(cells)) {
    const position = shape.find(name);
    if (position !== undefined) row[position] = cell;
  }
  return row;
}

function makeShape(name: string): Shape {
  const columns: Column[] = [];
  const positions = new Map<string, number>();
  return {
    name,
    columns,
    find: (column) => positions.get(column.toLowerCase()),
    add(column) {
      positions.set(column.name.toLowerCase(), columns.length);
      return columns.push(column) - 1;
    },
  };
}

function conflict(shape: Shape, there: Column, wanted: Column): Error {
  return new Error(
    `declaring table ${shape.name}: it already has a column ${there.name} of type ${there.type}, and its definition ` +
      `says ${wanted.name} of type ${wanted.type}. Azure does not change columns either: rename the column, ` +
      `or delete the local database file to start over.`,
  );
}
