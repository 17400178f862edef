import { allColumns, type Table } from '../contract/table';
import type { DesiredTable } from '../contract/workspace';
import { isDataCollector } from '../values/source-kind';
import type { SpoolStatus } from '../run/push-service';

/**
 * The declared tables and those of Data Collector sources with stored records, each once. A declared column wins over one
 * from records. Among tables whose names differ only in case, the first has the columns of all.
 */
export function desiredTables(declared: readonly Table[], pushed: readonly SpoolStatus[]): DesiredTable[] {
  const desired = new Map<string, DesiredTable>();
  for (const { columns, table: name } of pushed.filter(isDataCollector))
    desired.set(name, { table: { name, classic: true }, columns });
  for (const table of declared) {
    const { classic, standard } = table;
    const own =
      standard === true
        ? { TimeGenerated: { type: 'datetime' } as const, ...table.columns }
        : allColumns(table);
    const columns = Object.entries(own).map(([name, { type }]) => [name, type] as const);
    const before = desired.get(table.name)?.columns ?? {};
    desired.set(table.name, {
      table: {
        name: table.name,
        ...(classic === true ? { classic } : {}),
        ...(standard === true ? { standard } : {}),
      },
      columns: { ...before, ...Object.fromEntries(columns) },
    });
  }
  const first = new Map<string, string>();
  for (const name of [...declared.map((table) => table.name), ...desired.keys()])
    if (!first.has(name.toLowerCase())) first.set(name.toLowerCase(), name);
  return [...desired.values()].map((one) => {
    const { name } = one.table;
    const other = first.get(name.toLowerCase()) ?? name;
    if (other !== name) return { ...one, differsInCase: other };
    const same = [...desired.values()].filter(({ table }) => first.get(table.name.toLowerCase()) === name);
    return {
      ...one,
      columns: Object.assign({}, ...same.map(({ columns }) => columns), one.columns) as typeof one.columns,
    };
  });
}
