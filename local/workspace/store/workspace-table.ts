import { allColumns, streamName, type ColumnType } from '../../../shared/contract/table';
import type { DeclaredTable } from '../../../shared/admin';

/** A table of the workspace and the stream of the data collection rule that fills it. */
export interface WorkspaceTable {
  readonly name: string;
  /** @example 'Custom-AcmeLogins_CL' */
  readonly stream: string;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  /** True if a webhook fills it: its view without repeated events keeps the first copy of an event. */
  readonly isPushed?: true;
}

/** The workspace's side of a connector's table: the same columns, in the same order. */
export function workspaceTable(table: DeclaredTable): WorkspaceTable {
  const columns = Object.entries(allColumns(table)).map(([name, { type }]) => ({ name, type }));
  const pushed = table.isPushed === true ? { isPushed: table.isPushed } : {};
  return { name: table.name, stream: streamName(table), columns, ...pushed };
}
