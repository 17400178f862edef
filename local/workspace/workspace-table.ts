import { allColumns, streamName, type ColumnType, type Table } from '../../shared/contract/table';

/** A table of the workspace and the stream of the data collection rule that fills it. */
export interface WorkspaceTable {
  readonly name: string;
  /** @example 'Custom-OktaSystemLog_CL' */
  readonly stream: string;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
}

/** The workspace's side of a connector's table: the same columns, in the same order. */
export function workspaceTable(table: Table): WorkspaceTable {
  const columns = Object.entries(allColumns(table)).map(([name, { type }]) => ({ name, type }));
  return { name: table.name, stream: streamName(table), columns };
}
