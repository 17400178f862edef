import { formatId, type SourceId } from '../contract/checkpoint';
import type { IncomingPush, PushAnswer } from '../contract/push';
import type { Clock, Log } from '../contract/run';
import { spoolLedger, type Blocked, type SpoolLedger } from '../contract/spool';
import type { ColumnType } from '../contract/table';
import { tablesOf } from './declared-tables';
import { HEALTH_TABLE } from '../rows/health-rows';
import { createLogTypes } from '../push/data-collector/log-types';
import { admitPost, createPools } from '../push/admit';
import {
  acceptDataCollector,
  refuseDataCollector,
  type DataCollectorDependencies,
} from '../push/data-collector/endpoint';
import { acceptWebhook, refuseWebhook, type WebhookDependencies } from '../push/webhook/endpoint';
import { createRefusedPosts } from '../push/refused-posts';
import { DATA_COLLECTOR, resolveSource } from '../values/source-kind';
import { createRunDelivery, type DeliveryTools, type PushState } from './run-delivery';
import type { Requeue } from './trigger-message';
import { waitsTooLong } from './failed-runs';
import { resolveDeliveryRoute, tableOf, type PushSources, type DeliveryRoute } from './delivery-route';
import { webhookProblems, credentialsOf, type WebhookEndpoint } from './webhook-endpoints';
import type { AppSettings } from '../settings/app-settings';
import type { LoadedConnectors } from '../contract/connector-folder';
import { retryAnswer } from '../push/store-body';

/** The status of one source's spool. */
export interface SpoolStatus extends SourceId {
  readonly table: string;
  readonly ledger: SpoolLedger;
  /** When its oldest pending body was stored; ISO 8601, UTC. */
  readonly oldest?: string;
  /** Why its delivery is blocked, and the remedy. */
  readonly waiting?: Blocked;
  /** The damage that prevents reading or delivery, and the remedy. Nothing is delivered while the counters cannot be read. */
  readonly problem?: string;
  /** Committed records, by the name of the key that signed them. */
  readonly keys: Readonly<Record<string, number>>;
  /** The columns that its records made, with their types. */
  readonly columns: Readonly<Record<string, ColumnType>>;
}

/** Accepts and delivers pushed records. */
export interface PushService {
  /** True when anything can be pushed: a key is set, or a webhook source. */
  readonly isOpen: boolean;
  /** The problems of `PUSH_KEYS`, a sentence each. */
  readonly problems: readonly string[];
  /** Answers a request to `/api/logs`. Never throws. */
  acceptDataCollector(request: IncomingPush, log: Log): Promise<PushAnswer>;
  /** Answers a webhook request. Never throws. */
  acceptWebhook(
    to: Pick<WebhookEndpoint, 'connector' | 'source'>,
    request: IncomingPush,
    log: Log,
  ): Promise<PushAnswer>;
  /** Delivers the spool of a source. @throws SettingError when no records are pushed to it */
  deliverSource(id: SourceId, tools: DeliveryTools): Promise<void>;
  /** `undefined` when no records are pushed to it. @throws UnavailableError */
  deliveryRoute(id: SourceId): Promise<DeliveryRoute | undefined>;
  /** Triggers the delivery of every source with pending bodies. Takes one listing if there are none. @throws UnavailableError */
  triggerPending(): Promise<SourceId[]>;
  /** Does the same, and logs the problems of `PUSH_KEYS` and of webhook sources. */
  sweep(log: Log): Promise<SourceId[]>;
  /** The problems that prevent accepting or delivering until an operator acts, a sentence each. @throws UnavailableError */
  failures(): Promise<string[]>;
  status(): Promise<SpoolStatus[]>;
}

/** Connects the push endpoints and the delivery with storage, sinks and settings. Never throws: problems are reported on use. */
export function createPushService(
  { env, pushKeys }: Pick<AppSettings, 'env' | 'pushKeys'>,
  clock: Clock,
  state: () => PushState,
  {
    connectors,
    broken,
    instancesOf,
    requeue,
  }: PushSources & Pick<LoadedConnectors, 'broken'> & { readonly requeue: Requeue },
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
  const runDelivery = createRunDelivery({ clock, state, requeue });
  const deliveryRoute = (id: SourceId): Promise<DeliveryRoute | undefined> =>
    resolveDeliveryRoute(id, { connectors, instancesOf, env, clock, streams: state().streams });

  const hasWebhook = connectors.some(({ name }) =>
    instancesOf(name).some(({ webhooks }) => webhooks.length > 0),
  );

  return {
    isOpen: keys.size > 0 || hasWebhook,
    problems,
    acceptDataCollector(request, log) {
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
        isLogTypeAllowed: (logType) => logTypes.isAllowed(logType),
      };
      return admitPost(request, {
        who: DATA_COLLECTOR,
        dependencies,
        inFlight: inFlight.known,
        verifiesCaller: true,
        refuse: (bytes) => refuseDataCollector(request, bytes, dependencies),
        accept: (whole) => acceptDataCollector(whole, dependencies),
        tooLarge: { status: 404 },
      });
    },

    async acceptWebhook(to, request, log) {
      const { connector, source: name } = to;
      const known = resolveSource(to, connectors);
      // The endpoint belongs to a connector that no longer exists. Not 404: no vendor would send the event again.
      if (known?.kind !== 'webhook') return retryAnswer();
      const { source } = known;
      const credentials = credentialsOf(source, name, instancesOf(connector));
      const problem = webhookProblems(name, instancesOf(connector)).join(' ');
      const unset = credentials.length === 0 ? 'none of its settings is set.' : '';
      const dependencies: WebhookDependencies = {
        refused,
        id: to,
        source,
        credentials,
        spool: () => state().spool,
        clock,
        log,
        ...(problem === '' && unset === '' ? {} : { problem: problem || unset }),
      };
      const verifiesCaller = source.receive.verify.kind !== 'hmac';
      return admitPost(request, {
        who: `${connector}/${name}`,
        dependencies,
        inFlight: verifiesCaller ? inFlight.known : inFlight.unknown,
        verifiesCaller,
        refuse: (bytes) => refuseWebhook(request, bytes, dependencies),
        accept: (whole, hold) => acceptWebhook(whole, dependencies, hold),
        tooLarge: retryAnswer(),
      });
    },

    deliverSource: async (id, tools) => runDelivery(id, await deliveryRoute(id), tools),

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
      return this.triggerPending();
    },

    async triggerPending() {
      const { deliveries, spool } = state();
      const triggered: SourceId[] = [];
      for await (const id of spool.pending()) {
        await deliveries.send(id);
        triggered.push(id);
      }
      return triggered;
    },

    async failures() {
      const wrong = connectors
        .flatMap(({ name }) => instancesOf(name))
        .flatMap(({ connector, instance, webhooks }) =>
          webhooks
            .filter((webhook) => webhook.state === 'wrong')
            .map(
              (webhook) => `${connector}/${webhook.source}@${instance} is off: ${webhook.problems.join(' ')}`,
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
          ledger: spoolLedger(ledger),
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
