import type { LimitFunction } from 'p-limit';
import type { SourceId } from '../contract/checkpoint';
import type { Log, RunReport } from '../contract/run';
import type { InstanceSettings } from '../settings/settings';

/** What became of a source at a timer: its run's report, or nothing where it was only woken, or why neither was done. */
export interface TimerRun {
  readonly id: SourceId;
  readonly report?: RunReport;
  readonly error?: Error;
}

/**
 * Runs the sources of a timer side by side, and wakes those for which there is no place. Every run is waited for, also
 * beside one that could not begin: the invocation must not end before them. Never throws.
 */
export function runSideBySide(
  ids: readonly SourceId[],
  limit: LimitFunction,
  { run, wake }: { run(id: SourceId): Promise<RunReport>; wake(id: SourceId): Promise<void> },
): Promise<TimerRun[]> {
  const runs = ids.map(async (id): Promise<TimerRun> => {
    try {
      if (limit.activeCount + limit.pendingCount < limit.concurrency)
        return { id, report: await limit(() => run(id)) };
      await wake(id);
      return { id };
    } catch (error) {
      return { id, error: error as Error };
    }
  });
  return Promise.all(runs);
}

/** Tells the log of every instance whose settings are wrong. */
export function sayProblems(
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
