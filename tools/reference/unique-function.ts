import { allColumns, uniqueName } from '../../shared/contract/table';
import type { DeclaredTable } from '../../shared/admin';

/**
 * The body of the workspace function that returns each event of a table once: the copy that was received last, or
 * first where a webhook fills the table.
 *
 * A crash between sending and saving repeats a page, and no client can close that gap: the copies have one `EventId`.
 * They are told from one another by `_TimeReceived`, because their `TimeGenerated` is the same, or was rewritten by the
 * service. Two tenants of a vendor may give one id to two events, so that `Instance` counts too. A row without an
 * `EventId`, of whoever else writes to the table, is no copy of anything.
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
