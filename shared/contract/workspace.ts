import type { JsonObject } from './json';
import type { ColumnType, Table } from './table';

/*
 * The workspace as Azure Resource Manager shows it, what it should have, and what has to be done for that.
 */

/** A table that rows are sent to, and its columns: declared, or made by what was pushed. */
export interface DesiredTable {
  readonly table: Pick<Table, 'name' | 'classic' | 'standard'>;
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Another table that is wanted, whose name differs from this one's in case alone: to Azure they are one resource. */
  readonly differsInCase?: string;
}

/** A column of a workspace table. @see https://learn.microsoft.com/rest/api/loganalytics/tables/create-or-update#columntypeenum */
export interface TableColumn {
  readonly name: string;
  /** `string`, `int`, `long`, `real`, `boolean`, `dateTime`, `dynamic` or `guid`. */
  readonly type: string;
}

/** A table that the workspace has. */
export interface ExistingTable {
  readonly name: string;
  /** True for a table that the Data Collector API made and that was not migrated: no rule can write to it. */
  readonly isClassic: boolean;
  /** Those that can be added to, as they came: a member of theirs that is not known here is sent back. */
  readonly columns: readonly TableColumn[];
  /** Those that the service keeps. */
  readonly standardColumns: readonly TableColumn[];
}

/** A data collection rule that the resource group has. */
export interface ExistingRule {
  readonly id: string;
  readonly name: string;
  readonly immutableId: string;
  /** Where it takes rows; absent where it names no endpoint. */
  readonly endpoint?: string;
  /** As it came. */
  readonly body: JsonObject;
}

/** The workspace, and the rules beside it. */
export interface ExistingWorkspace {
  /** Its id in Azure Resource Manager. */
  readonly id: string;
  readonly location: string;
  readonly tables: ReadonlyMap<string, ExistingTable>;
  readonly rules: readonly ExistingRule[];
}

/** What is asked of a workspace, and done to it. @throws SettingError | UnavailableError | ContractError */
export interface Workspace {
  read(tables: readonly string[]): Promise<ExistingWorkspace>;
  readRules(): Promise<ExistingRule[]>;
  makeTable(name: string, columns: readonly TableColumn[]): Promise<void>;
  /** @param columns the whole list: those that are there, and more */
  extendTable(name: string, columns: readonly TableColumn[]): Promise<void>;
  /** Cannot be undone. */
  migrateTable(name: string): Promise<void>;
  putRule(name: string, body: JsonObject): Promise<void>;
}

/** What is to be done for one table. */
export interface TablePlan {
  readonly table: string;
  readonly stream: string;
  /**
   * `classic`: its migration must be asked for. `refused`: it cannot be made, or is otherwise there; the notes say why.
   * Nothing is done for either.
   */
  readonly state: 'new' | 'extended' | 'unchanged' | 'classic' | 'refused';
  /** True where it is classic and its migration was asked for. */
  readonly migrates: boolean;
  /** What it gets that it does not have. */
  readonly added: readonly TableColumn[];
  /** The whole list after that; as it is sent. */
  readonly columns: readonly TableColumn[];
  /** What its stream takes, with the types of a stream. */
  readonly streamColumns: Readonly<Record<string, ColumnType>>;
  /** Those of them that a stream which is there does not take yet. */
  readonly streamAdded: readonly string[];
  /** Columns that no stream can give it: their values travel in `AdditionalFields`. */
  readonly left: readonly string[];
  readonly transformKql: string;
  /** The data collection rule that has its stream, or gets it. */
  readonly rule: string;
  /** Notes for the reader, a sentence each. */
  readonly notes: readonly string[];
}

/** What is to be done for one data collection rule. */
export interface RulePlan {
  readonly name: string;
  readonly state: 'new' | 'extended' | 'unchanged';
  /** The tables of its streams that are ours. */
  readonly tables: readonly string[];
  readonly body: JsonObject;
  /** Of a rule that is there. */
  readonly immutableId?: string;
  readonly endpoint?: string;
}

/** Everything that is to be done. */
export interface WorkspacePlan {
  readonly tables: readonly TablePlan[];
  readonly rules: readonly RulePlan[];
  /** False where no workspace was asked what it has. */
  readonly isCompared: boolean;
}

/**
 * What a stream takes, as far as it is known: from when on each of its columns is used. A version of the framework adds
 * members and never changes the meaning of one.
 */
export interface StreamColumns {
  readonly version: 1;
  /** By column; ISO 8601, UTC. */
  readonly columns: Readonly<Record<string, string>>;
}

/** What is known of streams, by table. */
export interface Streams {
  /** `undefined` where nobody has said. @throws UnavailableError */
  read(table: string): Promise<StreamColumns | undefined>;
  /** @throws UnavailableError */
  write(table: string, columns: StreamColumns): Promise<void>;
}
