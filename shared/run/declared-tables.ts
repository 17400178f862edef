import type { Connector } from '../contract/connector';
import type { Table } from '../contract/table';
import { HEALTH_TABLE } from '../rows/health-rows';
import { readSettings } from '../settings/instance-settings';
import type { Environment } from '../settings/environment';

/** A table that the connectors or the framework write to. */
export interface DeclaredTable extends Table {
  /**
   * True if a webhook fills the table: then the first copy of an event counts. An attacker can repeat a recorded post with
   * other headers, which no signature covers; that must not change stored events. For pulled events the last copy counts.
   */
  readonly isPushed?: true;
}

/** Every table that the connectors and the framework write to, including the late tables that settings name. */
export function tablesOf(connectors: readonly Connector[], env: Environment = {}): DeclaredTable[] {
  const sources = connectors.flatMap(({ sources: own }) => Object.values(own));
  const pushed = new Set(
    sources.flatMap(({ receive, table }) => (receive === undefined ? [] : [table.name])),
  );
  return [
    ...sources.map(({ table }) => (pushed.has(table.name) ? { ...table, isPushed: true as const } : table)),
    ...connectors.flatMap((connector) => lateTablesOf(connector, env)),
    HEALTH_TABLE,
  ];
}

function lateTablesOf(connector: Connector, env: Environment): Table[] {
  const named = readSettings(connector, env).instances.flatMap(({ sources }) =>
    sources.flatMap(({ lateTable, source }) => {
      const table = connector.sources[source]?.table;
      return lateTable === undefined || table === undefined ? [] : [{ ...table, name: lateTable }];
    }),
  );
  return [...new Map(named.map((table) => [table.name, table])).values()];
}
