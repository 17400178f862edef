import type { Json, JsonObject } from '../../contract/json';
import type { ColumnType } from '../../contract/table';
import { pauseMeter } from '../../values/cooperative';
import { isMinusZero } from '../../values/json/number';
import { isNumberAsText } from '../../values/json/number-as-text';
import { writeJson } from '../../values/json/incremental-stringify';
import { type ClassicValue, type Leaf, suffixOf, SUFFIXES, SUFFIX_TYPES, convert } from './column-types';

/**
 * The columns that the HTTP Data Collector API creates from a record.
 * @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#record-type-and-properties
 */

/** @see https://learn.microsoft.com/azure/azure-monitor/service-limits#log-analytics-workspaces */
const MAX_COLUMNS = 500;
const MAX_NAME_LENGTH = 45;
/** A longer name is not rewritten: no column can have it, and rewriting costs time for each character. */
const LONG_NAME = 10_000;
/** The service documents no depth. Deeper values stay JSON text in one column. */
const MAX_DEPTH = 20;
/**
 * Most characters of prefixes in one record: each member of a nested object repeats the object's name. An object beyond the
 * limit stays JSON text in one column, because no row has room for so much.
 */
const MAX_PREFIXES = 1_000_000;
/** The minimum that each member counts, so that the number of members is limited too. */
const MEMBER_CHARACTERS = 10;
/** Reserved property names: the service refuses a request that has one. */
const RESERVED: readonly string[] = ['tenant', 'TimeGenerated', 'RawData'];
/** The columns that a table has so far. */
export interface ClassicShape {
  /** The number of columns. */
  readonly size: number;
  /** Finds a column by its name in any case; `undefined` when there is none. */
  find(name: string): { readonly name: string; readonly type: ColumnType } | undefined;
  add(column: { readonly name: string; readonly type: ColumnType }): void;
}

/** A record's values by column. */
export interface ClassicColumns {
  readonly columns: ReadonlyMap<string, ClassicValue>;
  /** The properties without a column, for `AdditionalFields`. Repeated paths become `path-1`, `path-2`. */
  readonly extra: Map<string, Leaf>;
}

/**
 * True when every top-level name is legal: not empty and without white space. Otherwise the whole request is refused. Other
 * characters that a column name cannot have become `_`, as for clients that send `@timestamp`. Pauses.
 */
export function* haveLegalNames(records: readonly JsonObject[]): Generator<undefined, boolean, undefined> {
  const isPauseDue = pauseMeter();
  for (const record of records) {
    const names = Object.keys(record);
    if (!names.every((name) => name !== '' && !/\s/.test(name))) return false;
    if (isPauseDue(names.length * MEMBER_CHARACTERS)) yield;
  }
  return true;
}

/** True when a property has a reserved name. */
export function hasReservedName(record: JsonObject): boolean {
  return RESERVED.some((name) => Object.hasOwn(record, name));
}

/**
 * Puts each property into the column of its name and type, and adds a missing column to the shape. Nested objects are
 * flattened with `_`; arrays become JSON text; `Computer` keeps its name. Text goes into an existing column of its name that
 * it can be converted to. A property is extra when it gets no column (500 columns, 45 characters, a name that differs from
 * another only in case, a reserved name), or is a number that a double does not hold exactly: its digits are kept.
 */
export function* toClassicColumns(
  shape: ClassicShape,
  record: JsonObject,
): Generator<undefined, ClassicColumns, undefined> {
  const columns = new Map<string, ClassicValue>();
  const extra = new Map<string, Leaf>();
  const met = new Map<string, number>();
  const put = ([path, value, isNumber]: PathLeaf): void => {
    if (isNumber && isMinusZero(value)) place(shape, columns, path, 0);
    if (path === 'Computer' && !columns.has(path)) columns.set(path, String(value));
    else if (
      path === 'Computer' ||
      RESERVED.includes(path) ||
      isNumber ||
      !place(shape, columns, path, value)
    ) {
      const before = met.get(path) ?? 0;
      met.set(path, before + 1);
      extra.set(before === 0 ? path : `${path}-${before}`, value);
    }
  };
  const isPauseDue = pauseMeter();
  for (const leaf of leaves(record, Object.keys(record), {
    prefix: '',
    depth: 0,
    left: { characters: MAX_PREFIXES },
  })) {
    if (leaf !== undefined) put(leaf);
    if (leaf === undefined || isPauseDue(leaf[0].length)) yield;
  }
  return { columns, extra };
}

/**
 * The property that carries a row's time when the row is sent to this API. A name of the framework's own, because a pushed
 * record may have any member, `EventTime` included.
 */
export const CLASSIC_TIME = 'TributaryTime';

/** The property that the API turns into a column. It derives the suffix from the value. */
export function propertyOf(column: string): string {
  return column.replace(/_[sdbtg]$/, '');
}

/** The columns of a row that cannot be sent, because another column's property has the name. Columns without a suffix win. */
export function withoutProperty(row: Readonly<Record<string, unknown>>): string[] {
  const columns = Object.keys(row);
  const names = new Set([
    CLASSIC_TIME,
    ...RESERVED,
    ...columns.filter((column) => propertyOf(column) === column),
  ]);
  return columns.filter((column) => {
    const name = propertyOf(column);
    const isTaken = name !== column && names.has(name);
    names.add(name);
    return isTaken;
  });
}

/** A property. `isNumber` marks a number that is kept as text. */
type PathLeaf = [path: string, value: Leaf, isNumber: boolean];

/** The place of a nested object in its record. */
interface Place {
  /** The prefix of its members' names. */
  readonly prefix: string;
  readonly depth: number;
  /** What remains of {@link MAX_PREFIXES} for the record. */
  readonly left: { characters: number };
}

/** Yields the properties of an object, and `undefined` for a pause. @param names the names of the object's members */
function* leaves(
  object: JsonObject,
  names: readonly string[],
  { depth, left, prefix }: Place,
): Generator<PathLeaf | undefined, void, undefined> {
  for (const name of names) {
    const value = object[name] as Json;
    const path = prefix + columnName(name);
    if (value === null) continue;
    if (typeof value !== 'object') {
      yield [path, value, isNumberAsText(object, name)];
      continue;
    }
    const inner = Array.isArray(value) || depth === MAX_DEPTH ? undefined : Object.keys(value);
    const characters = (inner?.length ?? 0) * Math.max(path.length + 1, MEMBER_CHARACTERS);
    if (inner === undefined || characters > left.characters) {
      yield [path, yield* writeJson(value), false];
      continue;
    }
    left.characters -= characters;
    yield* leaves(value as JsonObject, inner, { prefix: `${path}_`, depth: depth + 1, left });
  }
}

/** A name with `_` for each character that a column name cannot have. */
function columnName(name: string): string {
  if (name.length > LONG_NAME || /^\w+$/.test(name)) return name;
  return name.replace(/\W+/g, (run) => '_'.repeat(run.length));
}

/**
 * Puts a value into the column of its type, else into one that its text can be converted to, else into a new one.
 * @returns false if no column takes it
 */
function place(shape: ClassicShape, columns: Map<string, ClassicValue>, path: string, value: Leaf): boolean {
  // No column has a longer name, and a look-up costs time for each character.
  if (path.length > MAX_NAME_LENGTH) return false;
  const own = suffixOf(value);
  for (const suffix of [own, ...SUFFIXES]) {
    const name = `${path}_${suffix}`;
    const column = shape.find(name);
    if (column?.name !== name || column.type !== SUFFIX_TYPES[suffix] || columns.has(name)) continue;
    const converted = convert(value, suffix);
    if (converted === undefined) continue;
    columns.set(name, converted);
    return true;
  }
  const name = `${path}_${own}`;
  const converted = convert(value, own);
  if (shape.size >= MAX_COLUMNS || converted === undefined || shape.find(name) !== undefined) return false;
  shape.add({ name, type: SUFFIX_TYPES[own] });
  columns.set(name, converted);
  return true;
}
