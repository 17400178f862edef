import pLimit from 'p-limit';
import type { SourceId } from './contract/checkpoint';
import type { Connector } from './contract/connector';
import type { IncomingPush, PushAnswer } from './contract/push';
import { LEASE_MS, type Clock, type TriggerMessage } from './contract/run';
import { clock as realClock } from './process/clock';
import { appQueues, type AppQueues } from './storage/trigger-queue';
import type { LogLines } from './process/log';
import type { ConnectorSettings } from './settings/instance-settings';
import { prefixProblems } from './storage/storage-names';
import { catchUnhandledErrors } from './process/unhandled-errors';
import { loadConnectors } from './load';
import { type PushService, type SpoolStatus, createPushService } from './run/push-service';
import { createRequeue, handleTriggerMessage } from './run/trigger-message';
import { trackRuns } from './process/shutdown';
import { failForAny } from './run/failed-runs';
import { webhookEndpoints, type WebhookEndpoint } from './run/webhook-endpoints';
import { scheduleOf } from './run/schedule';
import { readStatus, type ConnectorStatus } from './admin/status';
import { warnOfOtherApps } from './run/other-apps';
import { sweepSources } from './run/sweep-sources';
import { sweepBackfills } from './backfill/sweep-backfills';
import { runWorker } from './backfill/worker';
import type { Environment } from './settings/environment';
import type { BrokenFolder, ConnectorFolder } from './contract/connector-folder';
import { handOff } from './backfill/gap-backfill';
import { type AppContext, type AppLog, createAppLog, createContext } from './run/app-context';
import { type PullService, createPullService } from './run/pull-service';

/** Dependencies of the app; tests pass their own. */
export interface AppOptions {
  readonly env: Environment;
  readonly folders: readonly ConnectorFolder[];
  readonly hostJsonFile: string;
  readonly clock?: Clock;
}

/** The operations behind the Azure Functions. The operators' actions in `admin.ts` are built on it. */
export interface App extends PullService {
  /** The app's components, for `admin.ts`. */
  readonly parts: AppParts;
  readonly connectors: readonly Connector[];
  readonly broken: readonly BrokenFolder[];
  /** Variables that begin with a connector's name and that nothing reads: mistyped, or of another version. */
  readonly unknown: readonly string[];
  /** Problems of the app's own settings, a sentence each. They stop nothing. */
  readonly problems: readonly string[];
  /** The queues that trigger the app; `undefined` when `STORAGE_PREFIX` is wrong: it then listens to none. */
  readonly queues: AppQueues | undefined;
  /** One timer for each connector with an instance that is not off. `schedule` is NCRONTAB in UTC, or a TimeSpan. */
  readonly timers: readonly { readonly connector: string; readonly schedule: string }[];
  readonly settings: (connector: Connector) => ConnectorSettings;
  /** Every pulled source that is on. */
  sources(connector?: string): SourceId[];
  /** Handles the trigger message of a worker: runs the backfill that it names, until its time is over. */
  workOn(message: unknown, lines: LogLines): Promise<void>;
  /** Answers a request to `/api/logs` as the Data Collector API did. Never throws. */
  acceptDataCollector(request: IncomingPush, lines: LogLines): Promise<PushAnswer>;
  /** Every webhook source that has any setting, with its address. */
  readonly webhooks: readonly WebhookEndpoint[];
  /** Answers a request to a webhook source. Never throws. */
  acceptWebhook(to: WebhookEndpoint, request: IncomingPush, lines: LogLines): Promise<PushAnswer>;
  /** The problems of `PUSH_KEYS`, a sentence each. */
  readonly pushProblems: readonly string[];
  /** Handles a trigger message: delivers the spool of the source that it names. */
  deliver(message: unknown, lines: LogLines): Promise<void>;
  /** The spool status of each source that anything was ever pushed to. */
  spool(): Promise<SpoolStatus[]>;
  /** True when anything can be pushed to this app: a key is set, or a webhook source. */
  readonly isPushedTo: boolean;
  /**
   * Sends a trigger message for every source with pending bodies, even if one was sent before. Costs one listing when there
   * are none. @throws UnavailableError
   */
  triggerDeliveries(): Promise<SourceId[]>;
  /**
   * Triggers every source whose last run stopped midway and was not continued, every source with pending bodies, and the
   * workers that backfills lack. Deletes what is older than the retention.
   * @returns the triggered sources @throws UnavailableError
   */
  sweep(lines: LogLines): Promise<SourceId[]>;
  /**
   * Runs {@link warnOfOtherApps} and {@link sweep} for the timer. @throws FailedRunsError afterwards, when `PUSH_KEYS`
   * or settings of webhook sources are wrong, or a delivery needs an operator or has been blocked for an hour
   */
  sweepOnTimer(lines: LogLines): Promise<void>;
  /**
   * Registers this app in its storage, and warns of other apps that use the same. Does nothing outside the platform, where
   * an app has no name. Never throws.
   */
  warnOfOtherApps(lines: LogLines): Promise<void>;
  /** Every connector with its instances, their problems, and the progress of each source. */
  status(): Promise<ConnectorStatus[]>;
  /**
   * For a stopping process: asks the current runs to end after their page, aborts them after 2.5 s, and resolves when all
   * have ended and released their leases, after 4 s at most.
   */
  stop(): Promise<void>;
  /** For the entry of a process: an unhandled failure is logged and fails only the run whose code caused it. */
  catchUnhandledErrors(lines: LogLines): void;
}

/** The components of an app. */
export interface AppParts {
  readonly context: AppContext;
  readonly appLog: AppLog;
  readonly pushService: PushService;
}

/** Creates the app. Never throws, whatever the settings and the folders: a problem is reported when its part is used. */
export function createApp({ env, folders, hostJsonFile, clock = realClock }: AppOptions): App {
  const loaded = loadConnectors(folders);
  const context = createContext(loaded, { clock, env, hostJsonFile });
  const { connectors, resolve, instancesOf, settings, settingsOf, sources, state, time } = context;
  const requeue = createRequeue(clock);
  const pushService = createPushService(settings, clock, state, { ...loaded, instancesOf, requeue });
  const appLog = createAppLog(context);
  const { logOf, secrets, toolsFor } = appLog;
  const runs = trackRuns(clock);
  const limitOfBackfills = pLimit(settings.backfillConcurrency);

  return {
    ...loaded,
    ...createPullService(context, { ...appLog, runs, requeue, handOff }),
    parts: { context, appLog, pushService },
    unknown: connectors.flatMap((one) => settingsOf(one).unknown),
    problems: [...settings.problems, ...prefixProblems(env)],
    queues: appQueues(env),
    settings: settingsOf,
    timers: connectors
      .filter(({ name }) => instancesOf(name).some((instance) => instance.state !== 'off'))
      .map((connector) => ({ connector: connector.name, schedule: scheduleOf(connector, env) })),
    sources,

    async workOn(message, lines) {
      const ends = time();
      const log = logOf(lines);
      const back = (id: TriggerMessage) => requeue(state().workers, id, LEASE_MS, log);
      const work = ({ backfill = '', ...id }: TriggerMessage) =>
        limitOfBackfills(() => {
          const resolved = resolve(id);
          const tools = { ...toolsFor(resolved.instance, lines), ...ends, state: state() };
          return runs.begin((shutdown) => runWorker(resolved, backfill, { ...tools, shutdown }));
        });
      await handleTriggerMessage(message, log, work, back);
    },

    webhooks: webhookEndpoints(connectors, instancesOf),
    acceptWebhook: (to, request, lines) => pushService.acceptWebhook(to, request, logOf(lines)),
    acceptDataCollector: (request, lines) => pushService.acceptDataCollector(request, logOf(lines)),
    pushProblems: pushService.problems,
    spool: () => pushService.status(),

    async deliver(message, lines) {
      const log = logOf(lines);
      await handleTriggerMessage(message, log, (id) =>
        runs.begin((shutdown) =>
          pushService.deliverSource(id, { deadline: time().deadline, shutdown, log, secrets }),
        ),
      );
    },

    isPushedTo: pushService.isOpen,
    triggerDeliveries: () => pushService.triggerPending(),
    sweep: async (lines) => {
      const log = logOf(lines);
      await sweepBackfills(state(), sources(), log);
      return [...(await sweepSources(state(), sources(), clock, log)), ...(await pushService.sweep(log))];
    },
    warnOfOtherApps: (lines) => warnOfOtherApps(env, { clock, log: logOf(lines), state }),
    async sweepOnTimer(lines) {
      await this.warnOfOtherApps(lines);
      await this.sweep(lines);
      failForAny('sweeping', await pushService.failures());
    },
    status: () => readStatus(connectors, loaded.broken, ({ name }) => instancesOf(name), state),
    stop: () => runs.end(),
    catchUnhandledErrors: (lines) => catchUnhandledErrors(logOf(lines)),
  };
}
