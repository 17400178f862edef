import { randomUUID } from 'node:crypto';
import type { AuditEvent, AuditLog } from '../contract/operator';
import type { Clock } from '../contract/run';
import type { WorkspaceChange } from './apply-plan';

/** The connector name in audit events on the workspace. Their `source` is the name of the table or rule. */
const TABLES = 'tables';

/**
 * Records one change to the workspace in the audit log, under the name of the changed table or rule.
 * @throws UnavailableError when storage cannot be reached
 */
export async function recordChange(
  { auditLog, clock }: { readonly auditLog: AuditLog; readonly clock: Clock },
  { by, what }: Pick<AuditEvent, 'by'> & { readonly what: Extract<AuditEvent['what'], `tables-${string}`> },
  { name, ...change }: WorkspaceChange,
): Promise<void> {
  const place = { connector: TABLES, instance: 'default', source: name };
  await auditLog.add({ ...place, ...change, what, by, id: randomUUID(), at: clock.now().toISOString() });
}
