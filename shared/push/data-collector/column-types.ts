/*
 * The types of the columns that the HTTP Data Collector API creates, by the suffix of their names.
 * @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#record-type-and-properties
 */

import type { JsonObject } from '../../contract/json';
import type { ColumnType } from '../../contract/table';
import { readNumber, toDouble } from '../../values/json/number';
import { toIso } from '../../values/time';

/** The suffix that the API appends to a property's name, by type: string, double, boolean, time, GUID. */
export type Suffix = 's' | 'd' | 'b' | 't' | 'g';

/** A property's value, after objects are flattened, arrays are written as text and nulls are removed. */
export type Leaf = string | number | bigint | boolean;

/** A value of a column. A time is ISO 8601, UTC. */
export type ClassicValue = string | number | boolean;

/** The type of a column by its suffix. */
export const SUFFIX_TYPES: Readonly<Record<Suffix, ColumnType>> = {
  s: 'string',
  d: 'real',
  b: 'boolean',
  t: 'datetime',
  g: 'string',
};

/** Every suffix, the most specific first: the order in which text is tried against existing columns. */
export const SUFFIXES: readonly Suffix[] = ['d', 'b', 't', 'g', 's'];
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const GUID = /^([\da-f]{8})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{12})$/i;
const DECIMAL = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A record's time, from the property that the request names; ISO 8601, UTC. */
export function classicTime(record: JsonObject, field: string | undefined): string | undefined {
  const value = field !== undefined && Object.hasOwn(record, field) ? record[field] : undefined;
  return typeof value === 'string' ? readTime(value) : undefined;
}

/** The suffix for a property without a column. Text that reads as a time or a GUID gets that suffix. */
export function suffixOf(value: Leaf): Suffix {
  if (typeof value === 'boolean') return 'b';
  if (typeof value !== 'string') return 'd';
  if (ISO_TIME.test(value) && readTime(value) !== undefined) return 't';
  return readGuid(value) === undefined ? 's' : 'g';
}

/** The value for a column of this suffix. Only text is converted to another type. `undefined` if the value does not fit. */
export function convert(value: Leaf, suffix: Suffix): ClassicValue | undefined {
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

/** Reads ISO 8601 and dates with month names. Digits alone are a number, not an epoch. */
function readTime(text: string): string | undefined {
  return /^\d{4}-|[a-z]/i.test(text) ? toIso(text) : undefined;
}

/** A GUID in lower case with dashes; also accepts 32 hex digits without dashes. */
function readGuid(text: string): string | undefined {
  return GUID.exec(text)?.slice(1).join('-').toLowerCase();
}
