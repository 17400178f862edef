import type { Json } from './json';

/**
 * The column types of a data collection rule's stream.
 * @see https://learn.microsoft.com/azure/azure-monitor/essentials/data-collection-rule-structure
 */
export type ColumnType = 'string' | 'int' | 'long' | 'real' | 'boolean' | 'datetime' | 'dynamic';

/** Every type that a column may have. */
export const COLUMN_TYPES = [
  'string',
  'int',
  'long',
  'real',
  'boolean',
  'datetime',
  'dynamic',
] as const satisfies readonly ColumnType[];

/** The value of each column type in a {@link Row}; `null` when the record has no value that fits. */
export interface ColumnValues {
  /** Text; numbers and booleans are written as text. */
  string: string;
  /** −2^31 to 2^31 − 1. */
  int: number;
  /** −2^63 to 2^63 − 1; a `bigint` where a double would lose digits. */
  long: number | bigint;
  /** A double. */
  real: number;
  /** `true` or `false`. */
  boolean: boolean;
  /** ISO 8601 in UTC, with three to seven digits of a second. */
  datetime: string;
  /** Any JSON. */
  dynamic: Json;
}

/** One column: its type, and where in the record its value comes from. */
export interface Column<T extends ColumnType = ColumnType> {
  /** The type of its values. A value of another type stays in `AdditionalFields`, and the column is null. */
  readonly type: T;
  /**
   * Where the value stands in the record: a path, which is member names joined by dots (`actor.id`), or an RFC 9535
   * JSONPath that begins with `$`, of which the first value counts. Absent for a column that the source's `toRow` computes.
   */
  readonly from?: string;
  /** One sentence for the reference. */
  readonly help?: string;
}

/** Columns by name: PascalCase, a letter first, at most 45 characters. */
export type Columns = Readonly<Record<string, Column>>;

/** The shape of a source's rows. One declaration gives the row type, the stream, the workspace table and the docs. */
export interface Table<C extends Columns = Columns> {
  /** A custom table's name ends in `_CL`; at most 45 characters. */
  readonly name: string;
  /** The path to the record's event time, as in {@link Column.from}. It becomes `TimeGenerated`. */
  readonly time: string;
  /**
   * The path to the vendor's unique id of the record. For a webhook it must be in the body: no signature covers the
   * headers. Without it `EventId` is the SHA-256 of the canonical record, with its ordinal among equal records at one
   * position. For a source whose vendor changes records in place (`updates`), a hash of the content is appended.
   */
  readonly eventId?: string;
  /** True for a table of Microsoft's (`Syslog`, `CommonSecurityLog`), whose name has no `_CL`. */
  readonly standard?: true;
  /** True for a table with the columns of the Data Collector API, each with its type's suffix, and none of the framework's. */
  readonly classic?: true;
  /** Its own columns. Together with the framework's there are at most 500. */
  readonly columns: C;
}

/** The type of a row's own columns. Every row also has the {@link FRAMEWORK_COLUMNS}. */
export type RowOf<C extends Columns> = { readonly [K in keyof C]: ColumnValues[C[K]['type']] | null };

/** One line of a workspace table: `TimeGenerated`, the framework's columns and the table's own. */
export type Row = Readonly<Record<string, Json | undefined>>;

/** The columns that every table has besides its own. */
export const FRAMEWORK_COLUMNS = {
  TimeGenerated: {
    type: 'datetime',
    help: 'When the event happened; the time of the run where the record says none.',
  },
  EventTime: {
    type: 'datetime',
    help: 'When the event happened. Kept apart because the service rewrites a TimeGenerated that is older than two days.',
  },
  EventId: {
    type: 'string',
    help: 'The vendor’s id of the event, or the SHA-256 of the record: the same for every copy.',
  },
  IsLate: { type: 'boolean', help: 'True when the event was already older than two days when it was sent.' },
  Instance: {
    type: 'string',
    help: 'The instance of the connector that brought the row; `default` where it has only one.',
  },
  AdditionalFields: { type: 'dynamic', help: 'Whatever the record holds that no column took.' },
  TruncatedFields: {
    type: 'dynamic',
    help: 'The names of columns cut to the workspace’s limit; the whole record is a dead letter.',
  },
} as const satisfies Columns;

/** Every column of a table, the framework's first: the order of the stream, the workspace table and the docs. */
export function allColumns(table: Table): Columns {
  return { ...FRAMEWORK_COLUMNS, ...table.columns };
}

/** The stream of a data collection rule that takes a table's rows, unless `DCR_STREAMS` names another. */
export function streamName(table: Pick<Table, 'name'>): string {
  return `Custom-${table.name}`;
}

/** The workspace function, and the view of the local workspace, that returns each event of a table once: `AcmeAlertsUnique`. */
export function uniqueName(table: Pick<Table, 'name'>): string {
  return `${table.name.replace(/_CL$/, '')}Unique`;
}

/** The workspace function that returns the rows of a pushed table with columns that it does not have yet: `MyAppWhole`. */
export function wholeName(table: Pick<Table, 'name'>): string {
  return `${table.name.replace(/_CL$/, '')}Whole`;
}
