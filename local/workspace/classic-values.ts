import type { ColumnType } from '../../shared/contract/table';
import { cut, readBoolean, readReal, type Cell } from './cells';
import { readTime } from './time';

/** What the Data Collector API appends to a property's name: string, double, boolean, time, GUID. */
export type Suffix = 's' | 'd' | 'b' | 't' | 'g';

/** A property's value once objects are flattened, arrays are text and nulls are gone. */
export type Leaf = string | number | bigint | boolean;

/** Every suffix, the most special first: the order in which text is tried against columns that are there. */
export const SUFFIXES: readonly Suffix[] = ['d', 'b', 't', 'g', 's'];

export const SUFFIX_TYPES: Readonly<Record<Suffix, ColumnType>> = {
  s: 'string',
  d: 'real',
  b: 'boolean',
  t: 'datetime',
  g: 'string',
};

/** A longer value is cut. @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#data-limits */
const MAX_FIELD_BYTES = 32_768;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const GUID = /^([\da-f]{8})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{12})$/i;

/** The suffix of a property that has no column yet. Text that reads as a time or a GUID is one. */
export function suffixOf(value: Leaf): Suffix {
  if (typeof value === 'boolean') return 'b';
  if (typeof value !== 'string') return 'd';
  if (ISO_TIME.test(value) && readTime(value) !== undefined) return 't';
  return readGuid(value) === undefined ? 's' : 'g';
}

/** The value in a column of this suffix; only text is ever converted. `undefined` when it does not fit. */
export function toClassicCell(value: Leaf, suffix: Suffix): Cell | undefined {
  if (typeof value === 'string') return READERS[suffix](value);
  if (typeof value === 'boolean') return suffix === 'b' ? value : undefined;
  return suffix === 'd' ? Number(value) : undefined;
}

const READERS: Readonly<Record<Suffix, (text: string) => Cell | undefined>> = {
  s: (text) => cut(text, MAX_FIELD_BYTES),
  d: readReal,
  b: readBoolean,
  t: readTime,
  g: readGuid,
};

/** With dashes and in lower case, also for 32 hex digits in a row. */
function readGuid(text: string): string | undefined {
  return GUID.exec(text)?.slice(1).join('-').toLowerCase();
}
