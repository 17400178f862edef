import { randomUUID } from 'node:crypto';
import { fill, type Column, type Row, type Shape } from '../store/catalog';
import { toMicros } from '../time';

/**
 * The columns that the service adds to a table of the Logs Ingestion API, except those that need a subscription
 * (`_SubscriptionId`, `_IsBillable`, `_BilledSize`, `_ResourceId`).
 * @see https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns
 */
export const STANDARD_COLUMNS: readonly Column[] = [
  { name: 'TenantId', type: 'string' },
  { name: 'Type', type: 'string' },
  { name: '_ItemId', type: 'string' },
  { name: '_TimeReceived', type: 'datetime' },
];

/** The columns of every new table of the Data Collector API, before its first property. */
export const CLASSIC_COLUMNS: readonly Column[] = [
  { name: 'TimeGenerated', type: 'datetime' },
  { name: 'SourceSystem', type: 'string' },
  { name: 'MG', type: 'string' },
  { name: 'ManagementGroupName', type: 'string' },
  { name: 'Computer', type: 'string' },
  { name: 'RawData', type: 'string' },
  { name: '_ResourceId', type: 'string' },
  ...STANDARD_COLUMNS,
];

/** Fills the columns that the service sets itself. `tenantId` is the workspace's id, as in Azure. */
export function stamp(shape: Shape, row: Row, tenantId: string, receivedAt: Date): Row {
  return fill(shape, row, {
    TenantId: tenantId,
    Type: shape.name,
    _ItemId: randomUUID(),
    _TimeReceived: toMicros(receivedAt),
  });
}
