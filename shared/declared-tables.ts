import type { Connector } from './contract/connector';
import type { Table } from './contract/table';
import { HEALTH_TABLE } from './flow/health';
import { readSettings, type Environment } from './io/settings';

/** Every table that the connectors and the framework itself write to, with those that settings name for late rows. */
export function tablesOf(connectors: readonly Connector[], env: Environment = {}): Table[] {
  return [
    ...connectors.flatMap(({ sources }) => Object.values(sources).map(({ table }) => table)),
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
