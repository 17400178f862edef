import type { Connector } from '../contract/connector';
import type { Table } from '../contract/table';
import { HEALTH_TABLE } from '../rows/health-rows';
import { readSettings } from '../settings/settings';
import type { Environment } from '../settings/environment';

/** A table that the connectors or the framework write to. */
export interface DeclaredTable extends Table {
  /**
   * True where a webhook fills it: the first copy of an event counts then. A recorded post can be sent again with other
   * headers, which no signature covers, and must not change what is there. Of what is pulled the last copy counts.
   */
  readonly isPushed?: true;
}

/** Every table that the connectors and the framework itself write to, with those that settings name for late rows. */
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
