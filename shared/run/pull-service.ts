import pLimit, { type LimitFunction } from 'p-limit';
import type { SourceId } from '../contract/checkpoint';
import type { Log, RunReport, TriggerMessage } from '../contract/run';
import type { ActiveRuns } from '../process/shutdown';
import type { LogLines } from '../process/log';
import type { InstanceSettings } from '../settings/instance-settings';
import type { AppContext, AppLog } from './app-context';
import { failForAny, failuresOf, type TimerRun } from './failed-runs';

import { runSource, type HandOff } from './run-source';
import { handleTriggerMessage, requeueRun, type Requeue } from './trigger-message';

/** Dependencies of pulls besides the context. */
export interface PullTools extends AppLog {
  readonly runs: ActiveRuns;
  readonly requeue: Requeue;
  readonly handOff: HandOff;
}

/** Runs pulled sources: on timers, on trigger messages, and one by one. */
export interface PullService {
  /** Runs a connector's sources in parallel, and sends trigger messages for those beyond the limit. */
  pullConnector(connector: string, lines: LogLines): Promise<RunReport[]>;
  /**
   * Does the same for a timer. @throws FailedRunsError after all runs have ended, if an operator must see a failure: because
   * of a setting, an identity, storage or a bug, or unavailable for an hour; or if the settings of an instance are wrong
   */
  pullOnTimer(connector: string, lines: LogLines): Promise<void>;
  /** Runs one source. @throws SettingError if it is not on */
  pullSource(id: SourceId, lines: LogLines): Promise<RunReport>;
  /** Handles a trigger message: runs its source. A message that names no source, or one that is off, is logged and dropped. */
  goOn(message: unknown, lines: LogLines): Promise<void>;
}

/** At most `PULL_CONCURRENCY` runs at a time in this process. */
export function createPullService(context: AppContext, tools: PullTools): PullService {
  const { clock, resolve, instancesOf, sources, state, time } = context;
  const { handOff, logOf, requeue, runs, toolsFor } = tools;
  const limit = pLimit(context.settings.pullConcurrency);

  const run = async (id: SourceId, lines: LogLines, ends = time()): Promise<RunReport> => {
    const resolved = resolve(id);
    const own = toolsFor(resolved.instance, lines);
    return runs.begin((shutdown) =>
      runSource(resolved, { ...ends, shutdown, ...own, state: state(), handOff }),
    );
  };
  const pullAll = (connector: string, lines: LogLines): Promise<TimerRun[]> => {
    logWrongSettings(instancesOf(connector), (instance) => toolsFor(instance, lines).log);
    return runSideBySide(sources(connector), limit, {
      run: (id) => run(id, lines),
      trigger: (id) => state().triggerQueue.send(id),
    });
  };
  const pullSource: PullService['pullSource'] = (id, lines) => {
    const ends = time();
    return limit(() => run(id, lines, ends));
  };

  return {
    pullSource,
    async pullConnector(connector, lines) {
      const ended = await pullAll(connector, lines);
      for (const { error } of ended) if (error !== undefined) throw error;
      return ended.flatMap(({ report }) => report ?? []);
    },
    async pullOnTimer(connector, lines) {
      const ended = await pullAll(connector, lines);
      const failures = await failuresOf(ended, instancesOf(connector), { state, clock, log: logOf(lines) });
      failForAny(`pulling ${connector}`, failures);
    },
    async goOn(message, lines) {
      const log = logOf(lines);
      const back = (id: TriggerMessage) => requeueRun(requeue, id, state(), clock, log);
      await handleTriggerMessage(message, log, async (id) => (await pullSource(id, lines)).outcome, back);
    },
  };
}

/**
 * Runs the sources of a timer in parallel, and sends trigger messages for those beyond the limit. Waits for every run, also
 * when another could not start, because the invocation must not end before them. Never throws.
 */
function runSideBySide(
  ids: readonly SourceId[],
  limit: LimitFunction,
  { run, trigger }: { run(id: SourceId): Promise<RunReport>; trigger(id: SourceId): Promise<void> },
): Promise<TimerRun[]> {
  const runs = ids.map(async (id): Promise<TimerRun> => {
    try {
      if (limit.activeCount + limit.pendingCount < limit.concurrency)
        return { id, report: await limit(() => run(id)) };
      await trigger(id);
      return { id };
    } catch (error) {
      return { id, error: error as Error };
    }
  });
  return Promise.all(runs);
}

/** Logs every instance whose settings are wrong. */
function logWrongSettings(
  instances: readonly InstanceSettings[],
  logOf: (one: InstanceSettings) => Log,
): void {
  for (const instance of instances) {
    if (instance.state !== 'wrong') continue;
    const { connector, instance: name, problems } = instance;
    logOf(instance).error(
      { connector, instance: name, problems },
      'instance is off: its settings are incomplete or wrong',
    );
  }
}
