import type { JsonObject } from './json';
import type { ColumnType, Table } from './table';

/*
 * The workspace as Azure Resource Manager reports it, the tables and rules that it should have, and the plan that makes
 * up the difference.
 */

/** A table that rows are sent to. Its columns are declared by a connector, or derived from pushed records. */
export interface DesiredTable {
  readonly table: Pick<Table, 'name' | 'classic' | 'standard'>;
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Another desired table whose name differs only in case. Azure treats the two as one resource. */
  readonly differsInCase?: string;
}

/** A column of a workspace table. @see https://learn.microsoft.com/rest/api/loganalytics/tables/create-or-update#columntypeenum */
export interface TableColumn {
  readonly name: string;
  /** `string`, `int`, `long`, `real`, `boolean`, `dateTime`, `dynamic` or `guid`. */
  readonly type: string;
}

/** A table of the workspace. */
export interface ExistingTable {
  readonly name: string;
  /** True for a table that the Data Collector API created and nobody has migrated. No rule can write to it. */
  readonly isClassic: boolean;
  /** The custom columns, as Azure returned them. An update sends every member back, known here or not. */
  readonly columns: readonly TableColumn[];
  /** The columns that the service manages. */
  readonly standardColumns: readonly TableColumn[];
}

/** A data collection rule of the resource group. */
export interface ExistingRule {
  readonly id: string;
  readonly name: string;
  readonly immutableId: string;
  /** The address that receives rows. Absent when the rule has none. */
  readonly endpoint?: string;
  /** The rule as Azure returned it. */
  readonly body: JsonObject;
}

/** The workspace and the rules of its resource group. */
export interface ExistingWorkspace {
  /** The resource id in Azure Resource Manager. */
  readonly id: string;
  readonly location: string;
  readonly tables: ReadonlyMap<string, ExistingTable>;
  readonly rules: readonly ExistingRule[];
}

/** Reads and changes a workspace through Azure Resource Manager. @throws SettingError | UnavailableError | ContractError */
export interface Workspace {
  read(tables: readonly string[]): Promise<ExistingWorkspace>;
  readRules(): Promise<ExistingRule[]>;
  makeTable(name: string, columns: readonly TableColumn[]): Promise<void>;
  /** @param columns all columns of the table: the existing ones and the new ones */
  extendTable(name: string, columns: readonly TableColumn[]): Promise<void>;
  /** Cannot be undone. */
  migrateTable(name: string): Promise<void>;
  putRule(name: string, body: JsonObject): Promise<void>;
}

/** The planned change of one table. */
export interface TablePlan {
  readonly table: string;
  readonly stream: string;
  /**
   * `classic`: the table needs a migration that was not requested. `refused`: it cannot be created, or exists in another
   * form; `notes` says why. Neither is changed.
   */
  readonly state: 'new' | 'extended' | 'unchanged' | 'classic' | 'refused';
  /** True for a classic table whose migration was requested. */
  readonly migrates: boolean;
  /** The columns to add. */
  readonly added: readonly TableColumn[];
  /** All columns after the change, in the form that is sent. */
  readonly columns: readonly TableColumn[];
  /** The columns of its stream, with stream types. */
  readonly streamColumns: Readonly<Record<string, ColumnType>>;
  /** The columns that an existing stream lacks. */
  readonly streamAdded: readonly string[];
  /** Columns that no stream can fill. Their values go to `AdditionalFields`. */
  readonly left: readonly string[];
  readonly transformKql: string;
  /** The data collection rule that has, or will have, its stream. */
  readonly rule: string;
  /** Notes for the reader, a sentence each. */
  readonly notes: readonly string[];
}

/** The planned change of one data collection rule. */
export interface RulePlan {
  readonly name: string;
  readonly state: 'new' | 'extended' | 'unchanged';
  /** The tables of those streams that this app manages. */
  readonly tables: readonly string[];
  readonly body: JsonObject;
  /** Absent for a new rule. */
  readonly immutableId?: string;
  readonly endpoint?: string;
}

/** All planned changes. */
export interface WorkspacePlan {
  readonly tables: readonly TablePlan[];
  readonly rules: readonly RulePlan[];
  /** False when the plan was made without reading the workspace. */
  readonly isCompared: boolean;
}

/**
 * The columns that a stream accepts, each with the time from which rows use it. Stored. A later version may add members
 * and never changes the meaning of one.
 */
export interface StreamColumns {
  readonly version: 1;
  /** By column; ISO 8601, UTC. */
  readonly columns: Readonly<Record<string, string>>;
}

/** The store of {@link StreamColumns}, by table. */
export interface Streams {
  /** `undefined` when nothing is stored for the table. @throws UnavailableError */
  read(table: string): Promise<StreamColumns | undefined>;
  /** @throws UnavailableError */
  write(table: string, columns: StreamColumns): Promise<void>;
}
