import { randomUUID } from 'node:crypto';
import { declare, fill, type Catalog, type Row, type Shape } from './store/catalog';
import type { Received } from './ingestion-api';
import { stamp, STANDARD_COLUMNS } from './api/standard-columns';
import { toMicros } from './time';

/**
 * Declares `DCRLogErrors`, in which the service reports records that it accepted and did not store.
 * @see https://learn.microsoft.com/azure/azure-monitor/reference/tables/dcrlogerrors
 */
export function declareErrorLog(catalog: Catalog): Shape {
  const shape = catalog.table('DCRLogErrors');
  declare(shape, [
    { name: 'TimeGenerated', type: 'datetime' },
    { name: 'OperationName', type: 'string' },
    { name: 'InputStreamId', type: 'string' },
    { name: 'Message', type: 'string' },
    { name: 'CorrelationId', type: 'string' },
    { name: 'ClientRequestId', type: 'string' },
    { name: 'SourceSystem', type: 'string' },
    ...STANDARD_COLUMNS,
  ]);
  return shape;
}

/** The row about one request's lost records. */
export function toErrorLine(
  shape: Shape,
  request: Received,
  stream: string,
  tenantId: string,
  message: string,
): Row {
  const clientRequestId = request.headers['x-ms-client-request-id'];
  const row = fill(shape, [], {
    TimeGenerated: toMicros(request.at),
    OperationName: 'Ingestion',
    InputStreamId: stream,
    Message: message,
    CorrelationId: randomUUID(),
    ClientRequestId: typeof clientRequestId === 'string' ? clientRequestId : null,
    SourceSystem: 'Azure',
  });
  return stamp(shape, row, tenantId, request.at);
}
