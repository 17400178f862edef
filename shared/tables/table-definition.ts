import type { TableColumn } from '../contract/workspace';
import type { ColumnType } from '../contract/table';

/**
 * The bounds of tables and rules.
 * @see https://learn.microsoft.com/azure/azure-monitor/service-limits#log-analytics-workspaces
 * @see https://learn.microsoft.com/azure/azure-monitor/service-limits#data-collection-rules
 */
export const TABLE_LIMITS = {
  columns: 500,
  nameLength: 45,
  /** Streams of a rule, and its data flows. */
  streams: 10,
  transformationLength: 15_360,
};

/** A column that rows have without being asked: where what no column takes goes, and the names of what was cut. */
export const OVERFLOW: Readonly<Record<string, ColumnType>> = {
  TimeGenerated: 'datetime',
  AdditionalFields: 'dynamic',
  TruncatedFields: 'dynamic',
};

/** @see https://learn.microsoft.com/azure/azure-monitor/logs/create-custom-table */
const NAME = /^[A-Za-z]\w{0,44}$/;
const RESERVED = new Set(['id', 'tenantid', 'type', 'uniqueid', 'title']);
const TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'string',
  int: 'int',
  long: 'long',
  real: 'real',
  boolean: 'boolean',
  datetime: 'dateTime',
  dynamic: 'dynamic',
};

/** True for a name that a table of this kind may be made with. */
export function isTableName(name: string): boolean {
  return NAME.test(name) && name.endsWith('_CL');
}

/** True for a name that a column may be made with. The service keeps some for itself, in any case. */
export function isColumnName(name: string): boolean {
  return NAME.test(name) && !RESERVED.has(name.toLowerCase());
}

/** A column as a table's definition has it. */
export function tableColumn(name: string, type: ColumnType): TableColumn {
  return { name, type: TYPES[type] };
}

/** How a stream's column gets into one that is there: as it is, by a conversion, or not at all. */
export function fits(type: ColumnType, existing: TableColumn): 'as-it-is' | 'to-guid' | 'not' {
  const is = existing.type.toLowerCase();
  if (is === type) return 'as-it-is';
  // Streams know no GUID, and the Data Collector API made columns of it.
  return is === 'guid' && type === 'string' ? 'to-guid' : 'not';
}
