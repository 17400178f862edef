import type { TableColumn } from '../contract/workspace';
import type { ColumnType } from '../contract/table';

/**
 * Azure's limits for tables and rules.
 * @see https://learn.microsoft.com/azure/azure-monitor/service-limits#log-analytics-workspaces
 * @see https://learn.microsoft.com/azure/azure-monitor/service-limits#data-collection-rules
 */
export const TABLE_LIMITS = {
  columns: 500,
  nameLength: 45,
  /** Streams per rule, and data flows per rule. */
  streams: 10,
  transformationLength: 15_360,
};

/** Columns of every row: its time, the values without a column of their own, and the names of truncated fields. */
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

/** True for a valid name of a custom table. */
export function isTableName(name: string): boolean {
  return NAME.test(name) && name.endsWith('_CL');
}

/** True for a valid column name. The service reserves some names, in any case. */
export function isColumnName(name: string): boolean {
  return NAME.test(name) && !RESERVED.has(name.toLowerCase());
}

/** A column of a table definition. */
export function tableColumn(name: string, type: ColumnType): TableColumn {
  return { name, type: TYPES[type] };
}

/** Whether a stream's column can be written to an existing one: as it is, converted, or not at all. */
export function fits(type: ColumnType, existing: TableColumn): 'as-it-is' | 'to-guid' | 'not' {
  const is = existing.type.toLowerCase();
  if (is === type) return 'as-it-is';
  // Streams have no GUID type; the Data Collector API created columns of it.
  return is === 'guid' && type === 'string' ? 'to-guid' : 'not';
}
