import { streamName, type ColumnType } from '../contract/table';
import type { TableColumn, TablePlan, ExistingTable, DesiredTable } from '../contract/workspace';
import { OVERFLOW, TABLE_LIMITS, fits, isColumnName, isTableName, tableColumn } from './table-definition';

/** The existing resources of a table in Azure. */
export interface Existing {
  readonly table?: ExistingTable | undefined;
  /** The columns of its stream. */
  readonly stream?: ReadonlyMap<string, ColumnType> | undefined;
  readonly transformKql?: string | undefined;
}

/** Options for one table. */
export interface TableOptions {
  /** The stream's name, unless it is the default. */
  readonly stream?: string | undefined;
  /** True: migrate a classic table. */
  readonly migrates: boolean;
  readonly rule: string;
}

/** @see https://learn.microsoft.com/azure/azure-monitor/logs/custom-logs-migrate */
const MIGRATION =
  'its migration cannot be undone. Afterwards the Data Collector API creates no new columns in it and drops values without a column, and once a column is added, as here, it accepts nothing for this table: move every client first';

/**
 * Plans the changes a table needs so that its rows arrive whole. An existing column is never changed. A conflicting
 * column refuses a connector's table; in a table filled by pushes its values go to `AdditionalFields`.
 */
export function planTable(desired: DesiredTable, existing: Existing, options: TableOptions): TablePlan {
  const { name, standard } = desired.table;
  const base = {
    table: name,
    stream: options.stream ?? streamName(desired.table),
    migrates: false,
    added: [],
    columns: existing.table?.columns ?? [],
    streamColumns: {},
    streamAdded: [],
    left: [],
    transformKql: 'source',
    rule: options.rule,
  };
  const isClassic = existing.table?.isClassic === true;
  if (isClassic && !options.migrates)
    return {
      ...base,
      state: 'classic',
      notes: [`It is a classic table, which no rule can write to; ${MIGRATION}.`],
    };
  const found = placeColumns(desired, existing);
  const why = nameRefusal(desired, existing);
  if (why !== undefined)
    return { ...base, ...elsewhere(desired, found, options), state: 'refused', notes: [why] };
  const refusals = refusalsOf(desired, found);
  if (refusals.length > 0) return { ...base, state: 'refused', notes: refusals };
  const { added, guids, left, stream } = found;
  const isNew = existing.table === undefined && standard !== true;
  return {
    ...base,
    state: isNew ? 'new' : added.length > 0 ? 'extended' : 'unchanged',
    migrates: isClassic,
    added,
    columns: [...base.columns, ...added],
    streamColumns: stream,
    streamAdded:
      existing.stream === undefined ? [] : Object.keys(stream).filter((one) => !existing.stream?.has(one)),
    left,
    transformKql: transformation(guids, existing.transformKql),
    notes: [
      ...(isClassic ? [`It is a classic table and will be migrated: ${MIGRATION}.`] : []),
      ...found.conflicts.map(({ why }) => why),
      ...ownTransformation(existing.transformKql, guids),
    ],
  };
}

/** The columns that the stream in `DCR_STREAMS` must accept, for rows whose own table cannot be created. */
function elsewhere(
  { table }: DesiredTable,
  { added, stream: streamColumns }: Placed,
  { stream }: TableOptions,
): Partial<TablePlan> {
  if (stream === undefined || stream === streamName(table)) return {};
  return { columns: added, streamColumns, streamAdded: Object.keys(streamColumns) };
}

/** Why a table is refused; empty when it is not. */
function refusalsOf({ table: { classic } }: DesiredTable, { conflicts }: Placed): string[] {
  return conflicts.filter(({ column }) => classic !== true || column in OVERFLOW).map(({ why }) => why);
}

/** A note on a transformation that the operator wrote: what it must do for rows to arrive whole. */
function ownTransformation(kql: string | undefined, guids: readonly string[]): string[] {
  if (kql === undefined || isOurs(kql)) return [];
  const must = guids.length === 0 ? '' : `; it must give ${guids.join(', ')} as toguid(…)`;
  return [
    `Its rule has a transformation of its own, which is kept: see that it lets every column through${must}.`,
  ];
}

interface Placed {
  readonly stream: Readonly<Record<string, ColumnType>>;
  readonly added: readonly TableColumn[];
  readonly guids: readonly string[];
  readonly left: readonly string[];
  readonly conflicts: readonly { readonly column: string; readonly why: string }[];
}

/** Assigns each column to the table and the stream. Required columns come first, so that a full table omits others. */
function placeColumns({ columns, table }: DesiredTable, existing: Existing): Placed {
  const own = columnsOf(existing.table);
  const byName = new Map(own.map((column) => [column.name.toLowerCase(), column]));
  const spellings = new Map([...(existing.stream?.keys() ?? [])].map((name) => [name.toLowerCase(), name]));
  const stream: Record<string, ColumnType> = {};
  const added: TableColumn[] = [];
  const guids: string[] = [];
  const left: string[] = [];
  const conflicts: Placed['conflicts'][number][] = [];
  let room = TABLE_LIMITS.columns - own.filter(({ name }) => !name.startsWith('_')).length;
  const all = table.classic === true ? { ...OVERFLOW, ...columns } : columns;
  // A Microsoft table gets no columns; when it was not read, its columns are assumed to exist.
  const canBeMade = (name: string): boolean =>
    table.standard === true ? existing.table === undefined : isColumnName(name) && room > 0;

  for (const [name, type] of Object.entries(all)) {
    const column = byName.get(name.toLowerCase());
    const conflict = conflictOf(name, type, column, existing, spellings.get(name.toLowerCase()));
    if (conflict !== undefined) {
      conflicts.push({ column: name, why: conflict });
      left.push(name);
    } else if (column === undefined ? !canBeMade(name) : isTooLong([...guids, name])) left.push(name);
    else {
      stream[name] = type;
      if (column === undefined) {
        room--;
        byName.set(name.toLowerCase(), tableColumn(name, type));
        if (table.standard !== true) added.push(tableColumn(name, type));
      } else if (fits(type, column) === 'to-guid') guids.push(name);
    }
  }
  return { stream, added, guids, left, conflicts };
}

function columnsOf(table: ExistingTable | undefined): readonly TableColumn[] {
  return table === undefined ? [] : [...table.columns, ...table.standardColumns];
}

function conflictOf(
  name: string,
  type: ColumnType,
  column: TableColumn | undefined,
  { stream }: Existing,
  spelling: string | undefined,
): string | undefined {
  const declared = stream?.get(name);
  if (column !== undefined && column.name !== name)
    return `Column ${name} exists as ${column.name}: names that differ only in case are not distinguished everywhere, so it stays unchanged.`;
  if (column !== undefined && fits(type, column) === 'not')
    return `Column ${name} exists with type ${column.type} and should be ${type}: it stays unchanged.`;
  if (spelling !== undefined && spelling !== name)
    return `Column ${name} is in the stream as ${spelling}: it stays unchanged.`;
  if (declared !== undefined && declared !== type)
    return `Column ${name} is in the stream with type ${declared} and should be ${type}: it stays unchanged.`;
  return undefined;
}

/** The rule's transformation: converts GUID columns. An operator's own transformation is kept. */
function transformation(guids: readonly string[], existing: string | undefined): string {
  if (existing !== undefined && !isOurs(existing)) return existing;
  return guids.length === 0 ? (existing ?? 'source') : toGuids(guids);
}

function toGuids(names: readonly string[]): string {
  return `source | extend ${names.map((name) => `${name} = toguid(${name})`).join(', ')}`;
}

function isTooLong(guids: readonly string[]): boolean {
  return toGuids(guids).length > TABLE_LIMITS.transformationLength;
}

function isOurs(kql: string): boolean {
  return /^source(?: \| extend \w+ = toguid\(\w+\)(?:, \w+ = toguid\(\w+\))*)?$/.test(kql.trim());
}

/** Why a table of this name cannot be created or changed, and the remedy; `undefined` when it can. */
function nameRefusal(
  { differsInCase, table: { name, standard } }: DesiredTable,
  { table }: { readonly table?: ExistingTable | undefined },
): string | undefined {
  const route = (stream: string): string =>
    `DCR_STREAMS={"${name}":{"dcr":"<the rule's immutable id>","stream":"${stream}"}}`;
  if (differsInCase !== undefined)
    return `Its name differs from ${differsInCase} only in case, and Azure keeps the two as one table. Send the Log-Type of the other. For bodies that already wait: create ${differsInCase}, which gets the columns of both, set ${route(streamName({ name: differsInCase }))}, and run "npx tributary tables ${name} --deployed".`;
  if (table === undefined && standard !== true && !isTableName(name))
    return `No table can have this name: a name begins with a letter, has at most ${TABLE_LIMITS.nameLength} characters, and ends in _CL. Send another Log-Type. For bodies that already wait: create a table with a rule of your own, set ${route('Custom-<its name>')}, see with --json which columns it needs, and run "npx tributary tables ${name} --deployed".`;
  return undefined;
}
