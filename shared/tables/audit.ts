import { randomUUID } from 'node:crypto';
import type { AuditEvent, AuditLog } from '../contract/operator';
import type { Clock } from '../contract/run';
import type { WorkspaceChange } from './apply';

/** The first part of an act's place where it was done to the workspace and to no source: no source has a table's name. */
const TABLES = 'tables';

/**
 * Tells of one change that an operator made to the workspace, durably: among the acts on sources, under the name of what
 * was changed.
 * @throws UnavailableError when storage is not there
 */
export async function recordChange(
  { auditLog, clock }: { readonly auditLog: AuditLog; readonly clock: Clock },
  { by, what }: Pick<AuditEvent, 'by'> & { readonly what: Extract<AuditEvent['what'], `tables-${string}`> },
  { name, ...change }: WorkspaceChange,
): Promise<void> {
  const place = { connector: TABLES, instance: 'default', source: name };
  await auditLog.add({ ...place, ...change, what, by, id: randomUUID(), at: clock.now().toISOString() });
}
