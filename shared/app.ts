import pLimit from 'p-limit';
import type { SourceId } from './contract/checkpoint';
import type { Connector } from './contract/connector';
import type { IncomingPush, PushAnswer } from './contract/push';
import { LEASE_MS, type Clock, type Log, type RunReport, type Woken } from './contract/run';
import { tablesOf, type DeclaredTable } from './run/declared-tables';
import { appSecrets } from './settings/app-secrets';
import { clock as realClock } from './process/clock';
import { numberProblems, readNumber } from './settings/number-settings';
import { proxyProblems } from './settings/proxy-settings';
import { appQueues, type AppQueues } from './storage/queue';
import { createLog, type LogLines } from './process/log';
import {
  type ConnectorSettings,
  type InstanceSettings,
  isAnythingSet,
  readSettings,
  variableOf,
} from './settings/settings';
import { prefixProblems } from './storage/storage-names';
import { catchStrayErrors } from './process/stray-errors';
import { overrunMs, timeBudgetMs } from './settings/time-budget';
import { secretsOf } from './values/secrets/secrets';
import { loadConnectors } from './load';
import { createDesk, type OperatorDesk } from './admin/admin';
import { createPushing, type SpoolStatus } from './run/push-service';
import { createPutBack, putBackRun } from './run/put-back';
import { trackRuns } from './process/ending';
import { failForAny, failuresOf } from './run/failed-runs';
import { receiversOf, type Receiver } from './run/webhook-endpoints';
import { findSource, runSource, sourcesOn } from './run/run-source';
import { declaredOf, scheduleOf } from './run/schedule';
import { openState, type State } from './run/stores';
import { readStatus, type ConnectorStatus } from './admin/status';
import { tellOtherApps } from './run/other-apps';
import { sweepSources } from './run/recovery';
import { runSideBySide, sayProblems, type TimerRun } from './run/timer-runs';
import { sweepBackfills } from './backfill/recovery';
import { workRunning } from './backfill/work';
import { answerWakeUp } from './run/trigger-message';
import { wantedTables } from './tables/desired';
import { createWorkspaceTables, missingSentence, type WorkspaceTables } from './tables/tables';
import type { Environment } from './settings/environment';
import type { BrokenFolder, ConnectorFolder } from './contract/folder';
import { handOver } from './backfill/gap-backfill';

export * from './app-parts';
export { isAnythingSet, missingSentence, readSettings, tablesOf, variableOf };
export type {
  ConnectorStatus,
  DeclaredTable,
  Environment,
  InstanceSettings,
  LogLines,
  OperatorDesk,
  Receiver,
  SpoolStatus,
};

/** What the app is made of; tests give their own. */
export interface AppOptions {
  readonly env: Environment;
  readonly folders: readonly ConnectorFolder[];
  readonly hostJsonFile: string;
  readonly clock?: Clock;
}

/** Real io joined to flow, once. Everything that runs outside it goes through here. */
export interface App {
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
  /** Runs a connector's sources side by side; those that do not fit are woken over the queue. */
  pullConnector(connector: string, lines: LogLines): Promise<RunReport[]>;
  /**
   * Does the same for a timer. @throws FailedRunsError when all runs have ended and one failed so that somebody must see
   * it: by a setting, an identity, storage or a bug, or for an hour by what time mends; or where an instance is wrong
   */
  pullOnTimer(connector: string, lines: LogLines): Promise<void>;
  /** Runs one source. @throws SettingError when it is not on */
  pullSource(id: SourceId, lines: LogLines): Promise<RunReport>;
  /** Answers a wake-up: runs the source that it names. One that names none, or one that is off by now, is only said. */
  goOn(message: unknown, lines: LogLines): Promise<void>;
  /** Answers the wake-up of a worker: works the backfill that it names, until its time is over. */
  workOn(message: unknown, lines: LogLines): Promise<void>;
  /** Answers a post to `/api/logs`, as the Data Collector API did. Never throws. */
  pushLogs(request: IncomingPush, lines: LogLines): Promise<PushAnswer>;
  /** Every source that is posted to and of which anything is set, with its address. */
  readonly receivers: readonly Receiver[];
  /** Answers a post to a source. Never throws. */
  receive(to: Receiver, request: IncomingPush, lines: LogLines): Promise<PushAnswer>;
  /** What is wrong with `PUSH_KEYS`, a sentence each. */
  readonly pushProblems: readonly string[];
  /** Answers a wake-up: delivers what was pushed to the source that it names. */
  deliver(message: unknown, lines: LogLines): Promise<void>;
  /** How the spool of each source is that anything was ever pushed to. */
  spool(): Promise<SpoolStatus[]>;
  /** True where anybody may post anything to this app. */
  readonly isPushedTo: boolean;
  /** Wakes the delivery of every source that pushed records wait of, whatever became of their messages. One request to storage where none waits. @throws UnavailableError */
  wakeDeliveries(): Promise<SourceId[]>;
  /** Wakes every source whose last run stopped midway, or that has pushed records waiting, and that no message woke, and the workers that backfills lack; and deletes what is older than the retention. */
  sweep(lines: LogLines): Promise<SourceId[]>;
  /** Does the same for its timer. @throws FailedRunsError afterwards, where settings of what is pushed are wrong, or its delivery waits for an operator or has waited for an hour */
  sweepOnTimer(lines: LogLines): Promise<void>;
  /** Says on the storage that this app uses it, and warns of other apps that do. Nothing outside the platform, where an app has no name. Never throws. */
  tellOtherApps(lines: LogLines): Promise<void>;
  /** Every connector, its instances, what is wrong with them, and how far each source is. */
  status(): Promise<ConnectorStatus[]>;
  /** Ends every lease. Only for whoever owns the storage and knows that no run is alive. */
  breakLeases(): Promise<void>;
  /** Ends the runs under way, each with its page where that takes little, and gives their leases back. For a process that is about to end; resolves within 4 s. */
  stop(): Promise<void>;
  /** What operators do by hand. */
  desk(lines: LogLines): OperatorDesk;
  /** For the entry of a process: a failure that nothing waits for is told, fails the run whose code it was, and ends nothing else. */
  catchStrayErrors(lines: LogLines): void;
  /** The workspace's side of every table. @throws SettingError for settings that are malformed */
  tables(lines: LogLines): WorkspaceTables;
}

/** Joins everything. Never throws, whatever the settings and the folders: what is wrong is told when it is used. */
export function createApp({ env, folders, hostJsonFile, clock = realClock }: AppOptions): App {
  const { connectors, broken } = loadConnectors(folders);
  const names = connectors.map(({ name }) => name);
  const settingsOf = new Map(
    connectors.map((connector) => [connector.name, readSettings(connector, env, names)]),
  );
  const runs = trackRuns(clock);
  const budgetMs = timeBudgetMs(env, hostJsonFile);
  const limit = pLimit(readNumber(env, 'PULL_CONCURRENCY'));
  const limitOfBackfills = pLimit(readNumber(env, 'BACKFILL_CONCURRENCY'));
  /** Opened when it is first needed, so that an app without storage still loads and says what is missing. */
  let opened: State | undefined;

  const state = (): State => (opened ??= openState(env, clock));
  const instancesOf = (connector: string): readonly InstanceSettings[] =>
    settingsOf.get(connector)?.instances ?? [];
  const putBack = createPutBack(clock);
  const pushing = createPushing(env, clock, state, { connectors, broken, instancesOf, putBack });
  const ofAll = [...settingsOf.values()].flatMap((read) => read.instances.flatMap(({ secrets }) => secrets));
  /** What came up in a run may be told after it, such as by a promise that nobody waits for. */
  const secretsOfAll = secretsOf([...ofAll, ...pushing.secrets, ...appSecrets(env)]);
  const toolsFor = ({ env: own, secrets: its }: InstanceSettings, lines: LogLines) => {
    const secrets = secretsOf([...its, ...pushing.secrets, ...appSecrets(own)], secretsOfAll);
    return { clock, secrets, log: createLog(lines, secrets) };
  };
  const logOf = (lines: LogLines): Log => createLog(lines, secretsOfAll);

  const sources = (only?: string): SourceId[] =>
    connectors
      .filter(({ name }) => only === undefined || name === only)
      .flatMap(({ name }) => sourcesOn(instancesOf(name)));

  /** The time of a run begins when it is asked for: waiting for a place is part of the invocation that waits. */
  const deadlineNow = (): Date => new Date(clock.now().getTime() + budgetMs);
  const time = (deadline: Date) => ({ deadline, overrunMs: overrunMs(budgetMs) });
  const run = async (id: SourceId, lines: LogLines, deadline: Date): Promise<RunReport> => {
    const found = findSource(id, connectors, instancesOf(id.connector));
    const tools = toolsFor(found.instance, lines);
    return runs.begin((ending) =>
      runSource(found, { ...time(deadline), ending, ...tools, state: state(), handOver }),
    );
  };

  const pullAll = (connector: string, lines: LogLines): Promise<TimerRun[]> => {
    sayProblems(instancesOf(connector), (instance) => toolsFor(instance, lines).log);
    return runSideBySide(sources(connector), limit, {
      run: (id) => run(id, lines, deadlineNow()),
      wake: (id) => state().wakeUps.wake(id),
    });
  };

  return {
    connectors,
    broken,
    unknown: [...settingsOf.values()].flatMap(({ unknown }) => unknown),
    problems: [...numberProblems(env), ...proxyProblems(env), ...prefixProblems(env)],
    queues: appQueues(env),
    settings: (connector) => settingsOf.get(connector.name) ?? { instances: [], unknown: [] },
    timers: connectors
      .filter(({ name }) => instancesOf(name).some((instance) => instance.state !== 'off'))
      .map((connector) => ({ connector: connector.name, schedule: scheduleOf(connector, env) })),
    sources,

    async pullConnector(connector, lines) {
      const ended = await pullAll(connector, lines);
      for (const { error } of ended) if (error !== undefined) throw error;
      return ended.flatMap(({ report }) => report ?? []);
    },

    async pullOnTimer(connector, lines) {
      const ended = await pullAll(connector, lines);
      const tools = { state, clock, log: logOf(lines) };
      failForAny(`pulling ${connector}`, await failuresOf(ended, instancesOf(connector), tools));
    },

    pullSource(id, lines) {
      const deadline = deadlineNow();
      return limit(() => run(id, lines, deadline));
    },

    async goOn(message, lines) {
      const log = logOf(lines);
      const back = (id: Woken) => putBackRun(putBack, id, state(), clock, log);
      await answerWakeUp(message, log, async (id) => (await this.pullSource(id, lines)).outcome, back);
    },

    async workOn(message, lines) {
      const deadline = deadlineNow();
      const log = logOf(lines);
      const back = (id: Woken) => putBack(state().workers, id, LEASE_MS, log);
      const work = ({ backfill = '', ...id }: Woken) =>
        limitOfBackfills(() => {
          const found = findSource(id, connectors, instancesOf(id.connector));
          const tools = { ...toolsFor(found.instance, lines), ...time(deadline), state: state() };
          return runs.begin((ending) => workRunning(found, backfill, { ...tools, ending }));
        });
      await answerWakeUp(message, log, work, back);
    },

    receivers: receiversOf(connectors, instancesOf),
    receive: (to, request, lines) => pushing.receive(to, request, logOf(lines)),
    pushLogs: (request, lines) => pushing.receiveLogs(request, logOf(lines)),
    pushProblems: pushing.problems,
    spool: () => pushing.status(),

    async deliver(message, lines) {
      const told = { log: logOf(lines), secrets: secretsOfAll };
      await answerWakeUp(message, told.log, (id) =>
        runs.begin((ending) => pushing.deliver(id, { deadline: deadlineNow(), ending, ...told })),
      );
    },

    isPushedTo: pushing.isOpen,
    wakeDeliveries: () => pushing.wakeWaiting(),
    sweep: async (lines) => {
      const log = logOf(lines);
      await sweepBackfills(state(), sources(), log);
      return [...(await sweepSources(state(), sources(), clock, log)), ...(await pushing.sweep(log))];
    },
    tellOtherApps: (lines) => tellOtherApps(env, { clock, log: logOf(lines), state }),
    async sweepOnTimer(lines) {
      await this.tellOtherApps(lines);
      await this.sweep(lines);
      failForAny('sweeping', await pushing.failures());
    },
    status: () => readStatus(connectors, broken, ({ name }) => instancesOf(name), state),
    async breakLeases() {
      await state().checkpoints.breakLeases();
      await state().spool.breakLeases();
    },
    stop: () => runs.end(),
    desk: (lines) =>
      createDesk(
        () => ({
          state: state(),
          clock,
          log: logOf(lines),
          secrets: secretsOfAll,
          find: (id) => findSource(id, connectors, instancesOf(id.connector)),
          pushed: pushing.wayOf,
        }),
        (id) => declaredOf(id, connectors, env),
      ),
    catchStrayErrors: (lines) => catchStrayErrors(logOf(lines)),
    tables: (lines) =>
      createWorkspaceTables({
        env,
        clock,
        log: logOf(lines),
        state,
        wanted: async () => wantedTables(tablesOf(connectors, env), await pushing.status()),
      }),
  };
}
