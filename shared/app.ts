import pLimit from 'p-limit';
import type { SourceId } from './contract/checkpoint';
import type { Connector } from './contract/connector';
import type { IncomingPush, PushAnswer } from './contract/push';
import { LEASE_MS, type Clock, type TriggerMessage } from './contract/run';
import { clock as realClock } from './process/clock';
import { appQueues, type AppQueues } from './storage/trigger-queue';
import type { LogLines } from './process/log';
import type { ConnectorSettings } from './settings/settings';
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
import { warnOfSharedStorage } from './run/shared-storage';
import { sweepSources } from './run/sweep-sources';
import { sweepBackfills } from './backfill/sweep-backfills';
import { runWorker } from './backfill/worker';
import type { Environment } from './settings/environment';
import type { BrokenFolder, ConnectorFolder } from './contract/connector-folder';
import { handOff } from './backfill/gap-backfill';
import { type AppContext, type AppLog, createAppLog, createContext } from './run/app-context';
import { type PullService, createPullService } from './run/pull-service';

/** What the app is made of; tests give their own. */
export interface AppOptions {
  readonly env: Environment;
  readonly folders: readonly ConnectorFolder[];
  readonly hostJsonFile: string;
  readonly clock?: Clock;
}

/** What functions run. What operators do and see is made over it: `admin.ts`. */
export interface App extends PullService {
  /** For `admin.ts`: what the app is made of. */
  readonly parts: AppParts;
  readonly connectors: readonly Connector[];
  readonly broken: readonly BrokenFolder[];
  /** Variables that begin with a connector's name and mean nothing: mistyped, or of another version. */
  readonly unknown: readonly string[];
  /** What is wrong with settings of the app itself, a sentence each; nothing stops for them. */
  readonly problems: readonly string[];
  /** The queues whose messages wake the app; `undefined` where `STORAGE_PREFIX` is wrong, and then it listens to none. */
  readonly queues: AppQueues | undefined;
  /** One for each connector that has any setting; `schedule` is NCRONTAB in UTC, or a TimeSpan. */
  readonly timers: readonly { readonly connector: string; readonly schedule: string }[];
  readonly settings: (connector: Connector) => ConnectorSettings;
  /** Every source that is pulled and is on. */
  sources(connector?: string): SourceId[];
  /** Answers the wake-up of a worker: works the backfill that it names, until its time is over. */
  workOn(message: unknown, lines: LogLines): Promise<void>;
  /** Answers a post to `/api/logs`, as the Data Collector API did. Never throws. */
  acceptDataCollector(request: IncomingPush, lines: LogLines): Promise<PushAnswer>;
  /** Every source that is posted to and of which anything is set, with its address. */
  readonly webhooks: readonly WebhookEndpoint[];
  /** Answers a post to a source. Never throws. */
  acceptWebhook(to: WebhookEndpoint, request: IncomingPush, lines: LogLines): Promise<PushAnswer>;
  /** What is wrong with `PUSH_KEYS`, a sentence each. */
  readonly pushProblems: readonly string[];
  /** Answers a wake-up: delivers what was pushed to the source that it names. */
  deliver(message: unknown, lines: LogLines): Promise<void>;
  /** How the spool of each source is that anything was ever pushed to. */
  spool(): Promise<SpoolStatus[]>;
  /** True where anybody may post anything to this app. */
  readonly isPushedTo: boolean;
  /** Sends a trigger message for every source with pending pushed records, whether or not one was sent before. One request to storage where there is none. @throws UnavailableError */
  triggerDeliveries(): Promise<SourceId[]>;
  /** Wakes every source whose last run stopped midway, or that has pushed records waiting, and that no message woke, and the workers that backfills lack; and deletes what is older than the retention. */
  sweep(lines: LogLines): Promise<SourceId[]>;
  /** Does the same for its timer. @throws FailedRunsError afterwards, where settings of what is pushed are wrong, or its delivery waits for an operator or has waited for an hour */
  sweepOnTimer(lines: LogLines): Promise<void>;
  /** Says on the storage that this app uses it, and warns of other apps that do. Nothing outside the platform, where an app has no name. Never throws. */
  warnOfSharedStorage(lines: LogLines): Promise<void>;
  /** Every connector, its instances, what is wrong with them, and how far each source is. */
  status(): Promise<ConnectorStatus[]>;
  /** Ends the current runs, after their page where that is quick, and releases their leases. For a stopping process. Resolves within 4 s. */
  stop(): Promise<void>;
  /** For the entry of a process: a failure that nothing waits for is told, fails the run whose code it was, and ends nothing else. */
  catchUnhandledErrors(lines: LogLines): void;
}

/** What an app is made of. */
export interface AppParts {
  readonly context: AppContext;
  readonly appLog: AppLog;
  readonly pushService: PushService;
}

/** Joins everything. Never throws, whatever the settings and the folders: what is wrong is told when it is used. */
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
          pushService.deliver(id, { deadline: time().deadline, shutdown, log, secrets }),
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
    warnOfSharedStorage: (lines) => warnOfSharedStorage(env, { clock, log: logOf(lines), state }),
    async sweepOnTimer(lines) {
      await this.warnOfSharedStorage(lines);
      await this.sweep(lines);
      failForAny('sweeping', await pushService.failures());
    },
    status: () => readStatus(connectors, loaded.broken, ({ name }) => instancesOf(name), state),
    stop: () => runs.end(),
    catchUnhandledErrors: (lines) => catchUnhandledErrors(logOf(lines)),
  };
}
