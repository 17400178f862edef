import { allColumns, uniqueName } from '../../shared/contract/table';
import type { DeclaredTable } from '../../shared/admin';

/**
 * The body of the workspace function that returns each event of a table once: the copy that was received last, or the first
 * one if a webhook fills the table.
 *
 * A crash between sending and saving repeats a page, and no client can close that gap. The copies have the same `EventId`.
 * `_TimeReceived` distinguishes them, because their `TimeGenerated` is the same, or the service has rewritten it. Two tenants
 * of a vendor may give the same id to two events, so `Instance` is part of the key. A row without an `EventId` comes from
 * another writer of the table and is never a copy.
 * @see https://learn.microsoft.com/kusto/query/arg-max-aggregation-function
 * @see https://learn.microsoft.com/kusto/query/arg-min-aggregation-function
 * @see https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns
 */
export function uniqueFunction(table: DeclaredTable): string {
  return `// ${uniqueName(table)}: every event of ${table.name} once.
let rows = ${table.name};
union
    (rows | where isnotempty(EventId) | summarize ${table.isPushed === true ? 'arg_min' : 'arg_max'}(_TimeReceived, *) by Instance, EventId),
    (rows | where isempty(EventId))
| project-reorder ${Object.keys(allColumns(table)).join(', ')}`;
}
