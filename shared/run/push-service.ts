import { randomUUID } from 'node:crypto';
import { formatId, type SourceId } from '../contract/checkpoint';
import { SettingError } from '../contract/errors';
import type { IncomingPush, PushAnswer } from '../contract/push';
import type { Clock, ShutdownSignals, Log, RunReport } from '../contract/run';
import type { SpoolLedger, Blocked } from '../contract/spool';
import type { ColumnType } from '../contract/table';
import { tablesOf } from './declared-tables';
import { deliver, type DeliverRun } from '../push/deliver';
import { HEALTH_TABLE } from '../rows/health-rows';
import { createLogTypes } from '../push/data-collector/log-types';
import { admitPost, createPools } from '../push/admit';
import {
  comeBack,
  acceptDataCollector,
  refuseDataCollector,
  type DataCollectorDependencies,
} from '../push/data-collector/endpoint';
import { acceptWebhook, refuseWebhook, type WebhookDependencies } from '../push/webhook/endpoint';
import { createRefusedPosts } from '../push/refused-posts';
import { DATA_COLLECTOR, resolveSource } from '../values/source-kind';
import { withOverflowColumns } from '../rows/stream-columns';
import type { Secrets } from '../values/secrets/secrets';
import type { PutBack } from './requeue';
import { waitsTooLong } from './failed-runs';
import { resolveDeliveryRoute, tableOf, type PushSources, type DeliveryRoute } from './delivery-route';
import { receiverProblems, credentialsOf, type Receiver } from './webhook-endpoints';
import { watchRun } from '../process/watched-run';
import type { Stores } from './stores';
import type { AppSettings } from '../settings/app-settings';
import type { LoadedConnectors } from '../contract/connector-folder';
import { finishRun } from './finish-run';

/** A source that is delivered every second leaves its line of history and its health row no more often than this. */
const HEALTH_EVERY_MS = 60_000;

/** A workspace that is away is not waited for inside an invocation, which costs by the second: the next try has a message. */
const PATIENCE_MS = 10_000;

/** The stored state that pushes read and write. */
type PushState = Pick<Stores, 'spool' | 'deliveries' | 'deadLetters' | 'reports' | 'history' | 'streams'>;

/** What one delivery is given besides its source. */
interface DeliveryTools {
  readonly deadline: Date;
  readonly shutdown: ShutdownSignals;
  readonly log: Log;
  /** What stands in no report. */
  readonly secrets: Pick<Secrets, 'mask'>;
}

/** How the spool of one source is. */
export interface SpoolStatus extends SourceId {
  readonly table: string;
  readonly ledger: SpoolLedger;
  /** When its oldest pending body was stored; ISO 8601, UTC. */
  readonly oldest?: string;
  /** Why it stands still, and what to do. */
  readonly waiting?: Blocked;
  /** What of it cannot be read or delivered, and what to do. Where that is its counts, nothing of it is delivered until then. */
  readonly problem?: string;
  /** Records done with, by the name of the key they were signed with. */
  readonly keys: Readonly<Record<string, number>>;
  /** The columns that its records have made, with their types. */
  readonly columns: Readonly<Record<string, ColumnType>>;
}

/** What is pushed: taken in, delivered, found again, told of. */
export interface PushService {
  /** True where anybody may post anything: a key is set, or a source that is posted to. */
  readonly isOpen: boolean;
  /** What is wrong with `PUSH_KEYS`. */
  readonly problems: readonly string[];
  /** Answers a post of the Data Collector API. Never throws. */
  receiveLogs(request: IncomingPush, log: Log): Promise<PushAnswer>;
  /** Answers a post to a source. Never throws. */
  receive(to: Pick<Receiver, 'connector' | 'source'>, request: IncomingPush, log: Log): Promise<PushAnswer>;
  /** Delivers what is in the spool of a source. @throws SettingError where there can be none */
  deliver(id: SourceId, tools: DeliveryTools): Promise<void>;
  /** `undefined` where nothing is pushed to such a source. @throws UnavailableError */
  deliveryRoute(id: SourceId): Promise<DeliveryRoute | undefined>;
  /** Wakes every source that has something in its spool. One listing where there is none. @throws UnavailableError */
  wakeWaiting(): Promise<SourceId[]>;
  /** Does the same, and says what is wrong with `PUSH_KEYS` and with sources that are posted to. */
  sweep(log: Log): Promise<SourceId[]>;
  /** What keeps pushed records from being taken or delivered until somebody acts, a sentence each. @throws UnavailableError */
  failures(): Promise<string[]>;
  status(): Promise<SpoolStatus[]>;
}

/** Joins the journeys of pushed records with real io. Never throws: what is wrong is told when it is used. */
export function createPushService(
  { env, pushKeys }: Pick<AppSettings, 'env' | 'pushKeys'>,
  clock: Clock,
  state: () => PushState,
  {
    connectors,
    broken,
    instancesOf,
    putBack,
  }: PushSources & Pick<LoadedConnectors, 'broken'> & { readonly putBack: PutBack },
): PushService {
  const { keys, problemOf, problems } = pushKeys;
  const reserved = new Set([HEALTH_TABLE.name.replace(/_CL$/, '').toLowerCase()]);
  const owned = new Set(
    tablesOf(connectors, env)
      .map(({ name }) => name.replace(/_CL$/, '').toLowerCase())
      .filter((logType) => !reserved.has(logType)),
  );
  const logTypes = createLogTypes(() => state().spool.list(), clock);
  const refused = createRefusedPosts(clock);
  const inFlight = createPools(clock);
  const healthAt = new Map<string, number>();
  const isHealthDue = (id: SourceId, { outcome }: RunReport): boolean => {
    const now = clock.now().getTime();
    // What went well a moment ago hides no failure.
    const key = `${formatId(id)} ${outcome === 'failed' ? 'failed' : ''}`;
    const isDue = now >= (healthAt.get(key) ?? -Infinity) + HEALTH_EVERY_MS;
    if (isDue) healthAt.set(key, now);
    return isDue;
  };
  const deliveryRoute = (id: SourceId): Promise<DeliveryRoute | undefined> =>
    resolveDeliveryRoute(id, { connectors, instancesOf, env, clock, streams: state().streams });

  const isAnyReceiver = connectors.some(({ name }) =>
    instancesOf(name).some(({ webhooks }) => webhooks.length > 0),
  );

  return {
    isOpen: keys.size > 0 || isAnyReceiver,
    problems,
    receiveLogs(request, log) {
      const dependencies: DataCollectorDependencies = {
        refused,
        spool: () => state().spool,
        clock,
        log,
        keysOf: (workspaceId) => keys.get(workspaceId),
        isOpen: keys.size > 0,
        problemOf,
        reserved,
        owned,
        notLoaded: broken.map(({ folder }) => folder),
        mayTake: (logType) => logTypes.isAllowed(logType),
      };
      return admitPost(request, {
        who: DATA_COLLECTOR,
        dependencies,
        inFlight: inFlight.known,
        knowsSender: true,
        refuse: (bytes) => refuseDataCollector(request, bytes, dependencies),
        accept: (whole) => acceptDataCollector(whole, dependencies),
        tooLarge: { status: 404 },
      });
    },

    async receive(to, request, log) {
      const { connector, source: name } = to;
      const known = resolveSource(to, connectors);
      // Registered with a connector that is not there any more: no vendor sends again what is answered 404.
      if (known?.kind !== 'webhook') return comeBack();
      const { source } = known;
      const senders = credentialsOf(source, name, instancesOf(connector));
      const problem = receiverProblems(name, instancesOf(connector)).join(' ');
      const unset = senders.length === 0 ? 'none of its settings is set.' : '';
      const dependencies: WebhookDependencies = {
        refused,
        id: to,
        source,
        senders,
        spool: () => state().spool,
        clock,
        log,
        ...(problem === '' && unset === '' ? {} : { problem: problem || unset }),
      };
      const knowsSender = source.receive.verify.kind !== 'hmac';
      return admitPost(request, {
        who: `${connector}/${name}`,
        dependencies,
        inFlight: knowsSender ? inFlight.known : inFlight.unknown,
        knowsSender,
        refuse: (bytes) => refuseWebhook(request, bytes, dependencies),
        accept: (whole, hold) => acceptWebhook(whole, dependencies, hold),
        tooLarge: comeBack(),
      });
    },

    async deliver(id, { deadline, shutdown, log, secrets: known }) {
      const route = await deliveryRoute(id);
      if (route === undefined)
        throw new SettingError(`delivering ${formatId(id)}: nothing is pushed to such a source.`);
      const { connect, env: own, overflowColumns, ...rest } = route;
      const { deadLetters, deliveries, history, reports, spool } = state();
      // A message creates nothing: what it names is delivered where it is there.
      if (!(await spool.knows(id)))
        throw new SettingError(`delivering ${formatId(id)}: nothing was ever pushed to it.`);
      const watched = watchRun(`delivering ${formatId(id)}`, formatId(id));
      const run: DeliverRun = {
        id,
        runId: randomUUID(),
        ...rest,
        deadline,
        shutdown,
        spool,
        deadLetters,
        connect: (signal) =>
          connect({ who: formatId(id), deadline, patienceMs: PATIENCE_MS, signal, clock, log }),
        clock,
        log,
      };
      const { againInMs, report: delivered } = await watched.call(() => deliver(run));
      const report = delivered === undefined ? undefined : watched.conclude(delivered, known);
      const isWokenByItsEnd = report?.outcome === 'out-of-time';
      const again =
        againInMs === undefined || isWokenByItsEnd
          ? Promise.resolve()
          : report?.outcome === 'busy'
            ? putBack(deliveries, id, againInMs, log)
            : deliveries
                .send(id, againInMs)
                .catch(() => log.warn({ ...id }, 'its next delivery waits for sweep'));
      if (report !== undefined && report.outcome !== 'busy') {
        const seldom = delivered?.outcome !== 'failed' && !isHealthDue(id, report);
        const ended = withOverflowColumns(report, overflowColumns);
        const told = seldom ? ended : { ...ended, spool: (await spool.view(id)).ledger };
        const state = { reports, history, triggerQueue: deliveries };
        await finishRun(told, { env: own }, { clock, log, state }, { seldom });
      }
      await again;
    },

    deliveryRoute,

    async sweep(log) {
      refused.flush(log);
      if (problems.length > 0) log.error({ problems }, 'PUSH_KEYS is wrong');
      for (const { connector, instance, webhooks } of connectors.flatMap(({ name }) => instancesOf(name)))
        for (const { problems: own, source, state: now } of webhooks)
          if (now === 'wrong')
            log.error(
              { connector, instance, source, problems: own },
              'source is off: its settings are wrong',
            );
      return this.wakeWaiting();
    },

    async wakeWaiting() {
      const { deliveries, spool } = state();
      const woken: SourceId[] = [];
      for await (const id of spool.pending()) {
        await deliveries.send(id);
        woken.push(id);
      }
      return woken;
    },

    async failures() {
      const wrong = connectors
        .flatMap(({ name }) => instancesOf(name))
        .flatMap(({ connector, instance, webhooks }) =>
          webhooks
            .filter((receiver) => receiver.state === 'wrong')
            .map(
              (receiver) =>
                `${connector}/${receiver.source}@${instance} is off: ${receiver.problems.join(' ')}`,
            ),
        );
      const all = await this.status();
      const damaged = all.flatMap(({ problem }) => problem ?? []);
      const late = all.flatMap(({ waiting, ...id }) =>
        waiting === undefined || !waitsTooLong(waiting, clock)
          ? []
          : [`${formatId(id)} is not delivered since ${waiting.since}: ${waiting.message}`],
      );
      return [...problems, ...wrong, ...damaged, ...late];
    },

    async status() {
      const { spool } = state();
      const all: SpoolStatus[] = [];
      for await (const id of spool.list()) {
        const { ledger, oldest, problem, counters } = await spool.view(id);
        const known = resolveSource(id, connectors);
        all.push({
          ...id,
          table: known === undefined ? '' : tableOf(known).name,
          ledger,
          ...(oldest === undefined ? {} : { oldest }),
          ...(counters.waiting === undefined || ledger.pending === 0 ? {} : { waiting: counters.waiting }),
          ...(problem === undefined ? {} : { problem }),
          keys: counters.keys,
          columns: counters.columns,
        });
      }
      return all;
    },
  };
}
