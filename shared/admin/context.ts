import { randomUUID } from 'node:crypto';
import type { SourceId } from '../contract/checkpoint';
import type { AuditEvent } from '../contract/operator';
import type { Clock, Log } from '../contract/run';
import { auditRow } from '../rows/health';
import type { Secrets } from '../values/secrets/secrets';
import type { DeliveryRoute } from '../run/delivery-route';
import type { FoundSource } from '../run/run-source';
import type { State } from '../run/stores';
import { sendHealth } from '../run/finish-run';

/** What everything that operators do works with. */
export interface AdminContext {
  readonly state: State;
  readonly clock: Clock;
  readonly log: Log;
  /** What no position that is shown holds. */
  readonly secrets: Pick<Secrets, 'mask'>;
  /** A source that is on. @throws SettingError when it is not */
  readonly find: (id: SourceId) => FoundSource;
  /** How what is pushed to a source goes on; `undefined` where nothing is pushed to it. */
  readonly deliveryRoute: (id: SourceId) => Promise<DeliveryRoute | undefined>;
}

/** An act that is about to be told; when, and a name of its own, are added. */
export type NewAuditEvent = Pick<AuditEvent, 'what' | 'by' | 'before' | 'after'>;

/**
 * Tells of what an operator did: durably among the acts, and as a health row where the source is on. The row may be
 * missing; the act may not.
 * @throws UnavailableError when storage is not there
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
    log.warn({ connector, instance, source, what: 'health row of an act', reason }, 'not left behind');
  }
}
