import type { Json, JsonObject } from '../../contract/json';
import type { ColumnType } from '../../contract/table';
import { pauseMeter } from '../../values/cooperative';
import { isMinusZero, readNumber, toDouble } from '../../values/json/number';
import { isNumberAsText } from '../../values/json/number-as-text';
import { writeJson } from '../../values/json/incremental-stringify';
import { toIso } from '../../values/time';

/**
 * The columns that the HTTP Data Collector API makes of a record, for everything that speaks it.
 * @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#record-type-and-properties
 */

/** What the API appends to a property's name: string, double, boolean, time, GUID. */
export type Suffix = 's' | 'd' | 'b' | 't' | 'g';

/** A property's value once objects are flattened, arrays are text and nulls are gone. */
export type Leaf = string | number | bigint | boolean;

/** A value as its column holds it: a time as ISO 8601 in UTC. */
export type ClassicValue = string | number | boolean;

/** The type of a column by its suffix. */
export const SUFFIX_TYPES: Readonly<Record<Suffix, ColumnType>> = {
  s: 'string',
  d: 'real',
  b: 'boolean',
  t: 'datetime',
  g: 'string',
};

/** Every suffix, the most special first: the order in which text is tried against columns that are there. */
const SUFFIXES: readonly Suffix[] = ['d', 'b', 't', 'g', 's'];
/** @see https://learn.microsoft.com/azure/azure-monitor/service-limits#log-analytics-workspaces */
const MAX_COLUMNS = 500;
const MAX_NAME_LENGTH = 45;
/** A longer name is left as it is: no column can have it, and rewriting it costs time for each character. */
const LONG_NAME = 10_000;
/** The service documents no depth. Deeper values stay JSON text in one column. */
const MAX_DEPTH = 20;
/**
 * Characters that the names of a record's nested objects are given in front of their members, at most: each member of an
 * object repeats its name. An object that would need more stays JSON text in one column: no row has room for so much.
 */
const MAX_PREFIXES = 1_000_000;
/** What a member counts as at least, so that it is also their number that is bounded. */
const MEMBER_CHARACTERS = 10;
/** No property of a post may be called so: the service refuses the whole post. */
const RESERVED: readonly string[] = ['tenant', 'TimeGenerated', 'RawData'];
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const GUID = /^([\da-f]{8})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{12})$/i;
const DECIMAL = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The columns that a table has so far, all of them. */
export interface ClassicShape {
  /** How many. */
  readonly size: number;
  /** The column with this name in any case, as it is spelt, with its type; `undefined` for none. */
  find(name: string): { readonly name: string; readonly type: ColumnType } | undefined;
  add(column: { readonly name: string; readonly type: ColumnType }): void;
}

/** A record's values by column. */
export interface ClassicColumns {
  readonly columns: ReadonlyMap<string, ClassicValue>;
  /** The properties that no column took: `AdditionalFields`. More of one path are `path-1`, `path-2`. */
  readonly extra: Map<string, Leaf>;
}

/**
 * True when no property of the records has a name with a space: the whole post is refused otherwise. Other characters
 * that a column name cannot have become `_`, as in the columns of clients that post `@timestamp`. Pauses.
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

/** True when a property has a name that the service keeps for itself. */
export function hasReservedName(record: JsonObject): boolean {
  return RESERVED.some((name) => Object.hasOwn(record, name));
}

/**
 * Puts each property into the column of its name and type, which is added to the shape where it is missing: nested
 * objects flattened with `_`, arrays as JSON text, `Computer` as it is. Text goes where a column of its name can take
 * it. What finds no column (500 columns, 45 characters, a name that differs from another only in case, or that the
 * service keeps for itself) is extra, and so is a number that a double does not hold exactly: its digits are kept.
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
 * The property that a row's time travels in where the row itself is posted to this API. What is pushed may have any
 * member, an `EventTime` of its own too: this name is the framework's.
 */
export const CLASSIC_TIME = 'TributaryTime';

/** The property that makes a column again: the API finds the suffix in the value. */
export function propertyOf(column: string): string {
  return column.replace(/_[sdbtg]$/, '');
}

/** The columns of a row that no property can make, because another column's has the name; those without a suffix go first. */
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

/** The time that a record says itself, in the property that the post names; ISO 8601, UTC. */
export function classicTime(record: JsonObject, field: string | undefined): string | undefined {
  const value = field !== undefined && Object.hasOwn(record, field) ? record[field] : undefined;
  return typeof value === 'string' ? readTime(value) : undefined;
}

/** The suffix of a property that has no column yet. Text that reads as a time or a GUID is one. */
export function suffixOf(value: Leaf): Suffix {
  if (typeof value === 'boolean') return 'b';
  if (typeof value !== 'string') return 'd';
  if (ISO_TIME.test(value) && readTime(value) !== undefined) return 't';
  return readGuid(value) === undefined ? 's' : 'g';
}

/** A property's value; whether it is a number that stayed text. */
type PathLeaf = [path: string, value: Leaf, isNumber: boolean];

/** Where an object of a record lies. */
interface Place {
  /** What stands in front of the names of its members. */
  readonly prefix: string;
  readonly depth: number;
  /** What is left to the whole record of {@link MAX_PREFIXES}. */
  readonly left: { characters: number };
}

/** With pauses between them. @param names those of the object's members */
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

/** A name with `_` for each character that no column's has. */
function columnName(name: string): string {
  if (name.length > LONG_NAME || /^\w+$/.test(name)) return name;
  return name.replace(/\W+/g, (run) => '_'.repeat(run.length));
}

/** In the column of the value's own type, else in one that its text can be converted to, else in a new one. */
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

/** The value in a column of this suffix; only text is ever converted. `undefined` when it does not fit. */
function convert(value: Leaf, suffix: Suffix): ClassicValue | undefined {
  if (typeof value === 'string') return READERS[suffix](value);
  if (typeof value === 'boolean') return suffix === 'b' ? value : undefined;
  if (suffix !== 'd') return undefined;
  return typeof value === 'bigint' ? toDouble(value) : value;
}

const READERS: Readonly<Record<Suffix, (text: string) => ClassicValue | undefined>> = {
  s: (text) => text,
  d: readReal,
  b: readBoolean,
  t: readTime,
  g: readGuid,
};

function readReal(text: string): number | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = readNumber(text.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1'));
  if (typeof value === 'bigint') return toDouble(value);
  return typeof value === 'number' ? value : undefined;
}

function readBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}

/** ISO 8601 and dates in words; digits alone are a number, not an epoch. */
function readTime(text: string): string | undefined {
  return /^\d{4}-|[a-z]/i.test(text) ? toIso(text) : undefined;
}

/** With dashes and in lower case, also for 32 hex digits in a row. */
function readGuid(text: string): string | undefined {
  return GUID.exec(text)?.slice(1).join('-').toLowerCase();
}
