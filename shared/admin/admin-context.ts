import { randomUUID } from 'node:crypto';
import type { SourceId } from '../contract/checkpoint';
import type { AuditEvent } from '../contract/operator';
import type { Clock, Log } from '../contract/run';
import { auditRow } from '../rows/health-rows';
import type { Secrets } from '../values/secrets/secrets';
import type { SourceKind } from '../values/source-kind';
import type { DeliveryRoute } from '../run/delivery-route';
import type { ResolvedSource } from '../run/run-source';
import type { Stores } from '../run/stores';
import { sendHealth } from '../run/finish-run';

/** Dependencies of the operators' actions. */
export interface AdminContext {
  readonly state: Stores;
  readonly clock: Clock;
  readonly log: Log;
  /** Masks secrets in positions that are shown. */
  readonly secrets: Pick<Secrets, 'mask'>;
  /** A source that is on. @throws SettingError when it is not */
  readonly find: (id: SourceId) => ResolvedSource;
  /** `undefined` when no connector declares the source. */
  readonly kindOf: (id: SourceId) => SourceKind | undefined;
  /** The delivery route of a pushed source; `undefined` for any other source. */
  readonly deliveryRoute: (id: SourceId) => Promise<DeliveryRoute | undefined>;
}

/** An audit event before it gets its time and id. */
export type NewAuditEvent = Pick<AuditEvent, 'what' | 'by' | 'before' | 'after'>;

/**
 * Records an operator's action in the audit log, and as a health row when the source is on. A failure to send the row is
 * only logged.
 * @throws UnavailableError when storage cannot be reached
 */
export async function recordEvent(tools: AdminContext, id: SourceId, event: NewAuditEvent): Promise<void> {
  const { clock, log, state } = tools;
  const { connector, instance, source } = id;
  const stored = {
    ...event,
    connector,
    instance,
    source,
    id: randomUUID(),
    at: clock.now().toISOString(),
  };
  await state.auditLog.add(stored);
  try {
    await sendHealth(auditRow(stored), (await tools.deliveryRoute(id)) ?? tools.find(id).instance, tools);
  } catch (error) {
    const reason = (error as Error).message;
    log.warn(
      { connector, instance, source, what: 'health row of an audit event', reason },
      'could not be written',
    );
  }
}
