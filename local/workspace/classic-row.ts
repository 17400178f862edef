import type { Json, JsonObject } from '../../shared/contract/json';
import { declare, fill, type Row, type Shape } from './catalog';
import { suffixOf, SUFFIXES, SUFFIX_TYPES, toClassicCell, type Leaf, type Suffix } from './classic-values';
import { formatJson } from './json';
import { CLASSIC_COLUMNS, stamp } from './standard-columns';
import { clampTime, readTime } from './time';

/** What one post says about each of its records. */
export interface PostFacts {
  /** The property that becomes `TimeGenerated`, from the header `time-generated-field`. */
  readonly timeField: string | undefined;
  /** From the header `x-ms-AzureResourceId`. */
  readonly resourceId: string | undefined;
  readonly tenantId: string;
  readonly receivedAt: Date;
}

/** @see https://learn.microsoft.com/azure/azure-monitor/service-limits#log-analytics-workspaces */
const MAX_COLUMNS = 500;
const MAX_NAME_LENGTH = 45;
/** The service's own depth is not documented; what lies deeper stays JSON text in one column. */
const MAX_DEPTH = 20;
const RESERVED = new Set(['tenant', 'TimeGenerated', 'RawData']);

/**
 * True when no property has a reserved name or one with a space: the whole post is refused otherwise. Other
 * characters that a column name cannot have become `_`, as in the columns of clients that post `@timestamp`.
 */
export function hasLegalNames(record: JsonObject): boolean {
  return Object.keys(record).every((name) => name !== '' && !RESERVED.has(name) && !/\s/.test(name));
}

/**
 * The row of a record: each property in the column of its name and type, which is added where it is missing; nested
 * objects flattened with `_`, arrays as JSON text. What finds no column (500 columns, 45 characters, a name that differs
 * from another only in case) goes to `AdditionalFields`.
 */
export function toClassicRow(shape: Shape, record: JsonObject, facts: PostFacts): Row {
  declare(shape, CLASSIC_COLUMNS);
  const row: Row = [];
  const extra = new Map<string, Leaf>();
  for (const [path, value] of leaves(record, '', 0)) {
    if (path === 'Computer') fill(shape, row, { Computer: toClassicCell(String(value), 's') ?? null });
    else if (!place(shape, row, path, value)) extra.set(path, value);
  }
  if (extra.size > 0) {
    if (shape.find('AdditionalFields') === undefined)
      shape.add({ name: 'AdditionalFields', type: 'dynamic' });
    fill(shape, row, { AdditionalFields: formatJson(Object.fromEntries(extra)) });
  }
  fill(shape, row, {
    TimeGenerated: clampTime(timeOf(record, facts.timeField), facts.receivedAt),
    SourceSystem: 'RestAPI',
    _ResourceId: facts.resourceId ?? null,
  });
  return stamp(shape, row, facts.tenantId, facts.receivedAt);
}

function timeOf(record: JsonObject, field: string | undefined): bigint | undefined {
  const value = field !== undefined && Object.hasOwn(record, field) ? record[field] : undefined;
  return typeof value === 'string' ? readTime(value) : undefined;
}

function* leaves(record: JsonObject, prefix: string, depth: number): Generator<[path: string, value: Leaf]> {
  for (const [name, value] of Object.entries(record)) {
    const path = prefix + name.replace(/\W/g, '_');
    if (value === null) continue;
    if (typeof value !== 'object') yield [path, value];
    else if (isArray(value) || depth === MAX_DEPTH) yield [path, formatJson(value)];
    else yield* leaves(value, `${path}_`, depth + 1);
  }
}

/** In the column of the value's own type, else in one that its text can be converted to, else in a new one. */
function place(shape: Shape, row: Row, path: string, value: Leaf): boolean {
  const own = suffixOf(value);
  for (const suffix of [own, ...SUFFIXES]) {
    const position = positionOf(shape, path, suffix);
    const cell = position === undefined ? undefined : toClassicCell(value, suffix);
    if (position === undefined || cell === undefined || row[position] !== undefined) continue;
    row[position] = cell;
    return true;
  }
  const name = `${path}_${own}`;
  const isFull = shape.columns.length >= MAX_COLUMNS || path.length > MAX_NAME_LENGTH;
  if (isFull || shape.find(name) !== undefined) return false;
  row[shape.add({ name, type: SUFFIX_TYPES[own] })] = toClassicCell(value, own) ?? null;
  return true;
}

function positionOf(shape: Shape, path: string, suffix: Suffix): number | undefined {
  const position = shape.find(`${path}_${suffix}`);
  const column = position === undefined ? undefined : shape.columns[position];
  return column?.name === `${path}_${suffix}` && column.type === SUFFIX_TYPES[suffix] ? position : undefined;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
