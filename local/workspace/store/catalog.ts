import type { ColumnType } from '../../../shared/contract/table';
import type { Cell } from './cells';

/** One column of a workspace table. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** One table as it will be once everything that was written so far is stored. Columns are only ever added, at the end. */
export interface Shape {
  readonly name: string;
  readonly columns: readonly Column[];
  /** The position of the column of this name in any case, because the database folds case; `undefined` when there is none. */
  find(name: string): number | undefined;
  /** Adds a column whose name is not there yet in any case, and tells its position. */
  add(column: Column): number;
}

/** One row: the cell of each column by its position. Positions left empty are null. */
export type Row = Cell[];

/** Every table of the workspace, by name in any case. */
export interface Catalog {
  shapes(): readonly Shape[];
  find(name: string): Shape | undefined;
  /** The table of this name; a new one without columns when there is none. */
  table(name: string): Shape;
}

/** A catalog that holds these tables, as a database file had them. */
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
 * Adds what a table does not have yet, so that a definition may grow.
 * @throws Error when a column is there with another type or in another spelling
 */
export function declare(shape: Shape, columns: readonly Column[]): void {
  for (const column of columns) {
    const position = shape.find(column.name);
    const there = position === undefined ? undefined : shape.columns[position];
    if (!there) shape.add(column);
    else if (there.type !== column.type || there.name !== column.name) throw conflict(shape, there, column);
  }
}

/** Sets the cells of the columns that the table has, and leaves out the others. */
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
