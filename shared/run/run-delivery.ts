import { randomUUID } from 'node:crypto';
import { formatId, type SourceId } from '../contract/checkpoint';
import { SettingError } from '../contract/errors';
import type { Clock, Log, RunReport, ShutdownSignals } from '../contract/run';
import { spoolLedger } from '../contract/spool';
import { watchRun } from '../process/watch-run';
import { drainSpool, type Delivery, type DeliverRun } from '../push/drain-spool';
import { withOverflowColumns } from '../rows/stream-columns';
import type { Secrets } from '../values/secrets/secrets';
import type { DeliveryRoute } from './delivery-route';
import { finishRun } from './finish-run';
import type { Stores } from './stores';
import type { Requeue } from './trigger-message';

/** A source that is delivered every second adds a line of history and a health row no more often than this. */
const HEALTH_EVERY_MS = 60_000;

/** How long one invocation, which costs by the second, retries a workspace that is unavailable. A message brings the next try. */
const PATIENCE_MS = 10_000;

/** The stored state that pushes read and write. */
export type PushState = Pick<
  Stores,
  'spool' | 'deliveries' | 'deadLetters' | 'reports' | 'history' | 'streams'
>;

/** What one delivery uses, apart from its source and route. */
export interface DeliveryTools {
  readonly deadline: Date;
  readonly shutdown: ShutdownSignals;
  readonly log: Log;
  /** Masks secrets in the report. */
  readonly secrets: Pick<Secrets, 'mask'>;
}

/** Delivers the spool of one source. @throws SettingError when nothing is ever pushed to it; UnavailableError */
export type RunDelivery = (
  id: SourceId,
  route: DeliveryRoute | undefined,
  tools: DeliveryTools,
) => Promise<void>;

/** Creates the function that delivers one source, finishes its run, and triggers its next delivery. */
export function createRunDelivery({
  clock,
  requeue,
  state,
}: {
  readonly clock: Clock;
  readonly requeue: Requeue;
  readonly state: () => PushState;
}): RunDelivery {
  const isHealthDue = healthSchedule(clock);

  const triggerNext = async (id: SourceId, { againInMs, report }: Delivery, log: Log): Promise<void> => {
    // Finishing the run triggers its continuation.
    if (againInMs === undefined || report?.outcome === 'out-of-time') return;
    const { deliveries } = state();
    if (report?.outcome === 'busy') await requeue(deliveries, id, againInMs, log);
    else
      await deliveries
        .send(id, againInMs)
        .catch(() => log.warn({ ...id }, 'its next delivery waits for sweep'));
  };

  return async (id, route, { deadline, log, secrets, shutdown }) => {
    const name = formatId(id);
    if (route === undefined) throw new SettingError(`delivering ${name}: no records are pushed to it.`);
    const { connect, env, overflowColumns, ...rest } = route;
    const { deadLetters, deliveries, history, reports, spool } = state();
    // A message creates nothing: a forged one must not create a spool.
    if (!(await spool.knows(id)))
      throw new SettingError(`delivering ${name}: nothing was ever pushed to it.`);
    const watched = watchRun(`delivering ${name}`, name);
    const run: DeliverRun = {
      ...rest,
      ...{ id, runId: randomUUID(), deadline, shutdown, spool, deadLetters, clock, log },
      connect: (signal) => connect({ who: name, deadline, patienceMs: PATIENCE_MS, signal, clock, log }),
    };
    const { report: delivered, ...next } = await watched.call(() => drainSpool(run));
    const report = delivered === undefined ? undefined : watched.conclude(delivered, secrets);
    const triggered = triggerNext(id, report === undefined ? next : { ...next, report }, log);
    if (report !== undefined && report.outcome !== 'busy') {
      const seldom = delivered?.outcome !== 'failed' && !isHealthDue(id, report);
      const ended = withOverflowColumns(report, overflowColumns);
      const full = seldom ? ended : { ...ended, spool: spoolLedger((await spool.view(id)).ledger) };
      const stores = { reports, history, triggerQueue: deliveries };
      await finishRun(full, { env }, { clock, log, state: stores }, { seldom });
    }
    await triggered;
  };
}

/** Limits each source to one health row a minute, and to one more for a failure: a success just before hides no failure. */
function healthSchedule(clock: Clock): (id: SourceId, report: Pick<RunReport, 'outcome'>) => boolean {
  const sentAt = new Map<string, number>();
  return (id, { outcome }) => {
    const now = clock.now().getTime();
    const key = `${formatId(id)} ${outcome === 'failed' ? 'failed' : ''}`;
    const isDue = now >= (sentAt.get(key) ?? -Infinity) + HEALTH_EVERY_MS;
    if (isDue) sentAt.set(key, now);
    return isDue;
  };
}
