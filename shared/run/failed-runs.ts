import { formatId, type SourceId } from '../contract/checkpoint';
import type { Clock, Log, RunReport } from '../contract/run';
import type { Blocked } from '../contract/spool';
import { readLastReport } from '../pull/complete-report';
import { maskSecrets } from '../values/secrets/secrets';
import type { InstanceSettings } from '../settings/instance-settings';
import { isLongAgo } from '../values/wait-bound';
import type { Stores } from './stores';

/** A source at a timer: `report` if it ran, `error` if it could not be run or triggered, neither if it was only triggered. */
export interface TimerRun {
  readonly id: SourceId;
  readonly report?: RunReport;
  readonly error?: Error;
}

/** How long a source may fail with UnavailableError before its failure fails an invocation. */
const PATIENCE_MS = 60 * 60_000;

/**
 * Runs of a timer failed for a reason that an operator must see. The error fails the invocation, so that the portal and its
 * alerts show it. It causes no retry: the timers have no retry policy, and the next run continues from the saved state.
 */
class FailedRunsError extends Error {
  override readonly name = 'FailedRunsError';
}

/** @throws FailedRunsError that names every failure, if there is any */
export function failForAny(doing: string, failures: readonly string[]): void {
  if (failures.length > 0) throw new FailedRunsError(`${doing}: ${failures.join(' | ')}`);
}

/** The instances whose settings are wrong, a sentence each. They stay off until the settings are corrected. */
function wrongInstances(instances: readonly InstanceSettings[]): string[] {
  return instances
    .filter(({ state }) => state === 'wrong')
    .map(({ connector, instance, problems, secrets }) =>
      maskSecrets(`${connector}@${instance} is off: ${problems.join(' ')}`, secrets),
    );
}

/**
 * The failures of a timer that an operator must see, and the instances with wrong settings, a sentence each. A source that was
 * only triggered is judged by its last run.
 */
export async function failuresOf(
  runs: readonly TimerRun[],
  instances: readonly InstanceSettings[],
  tools: {
    readonly clock: Clock;
    readonly log: Log;
    readonly state: () => Pick<Stores, 'pauses' | 'reports'>;
  },
): Promise<string[]> {
  const all = runs.map(async (run): Promise<string[]> => {
    try {
      if (run.error !== undefined) throw run.error;
      const last = run.report ?? (await lastRun(run.id, tools.state(), tools.log));
      return last === undefined || !mustBeSeen(last, tools.clock) ? [] : [sentence(last)];
    } catch (error) {
      // A run logs its own failure; here there was no run.
      const reason = (error as Error).message;
      tools.log.error({ ...run.id, reason }, 'source could not be run');
      return [`${formatId(run.id)}: ${reason}`];
    }
  });
  return [...wrongInstances(instances), ...(await Promise.all(all)).flat()];
}

/** The report of a source's last run; `undefined` if the source is paused, or the report is damaged: the next run replaces it. */
async function lastRun(
  id: SourceId,
  { pauses, reports }: Pick<Stores, 'pauses' | 'reports'>,
  log: Log,
): Promise<RunReport | undefined> {
  if ((await pauses.read(id)) !== undefined) return undefined;
  return readLastReport(id, reports, log);
}

/** True for a delivery that waits for an operator, or has been unavailable for too long. */
export function waitsTooLong({ reason, since }: Blocked, clock: Clock): boolean {
  return reason !== 'unavailable' || isOver(since, clock);
}

/** True for a run that failed because of a setting, an identity, storage or a bug, or has been unavailable for too long. */
function mustBeSeen({ error, failingSince, outcome }: RunReport, clock: Clock): boolean {
  if (outcome !== 'failed') return false;
  return error?.name !== 'UnavailableError' || failingSince === undefined || isOver(failingSince, clock);
}

function isOver(since: string, clock: Clock): boolean {
  return isLongAgo(Date.parse(since), clock.now().getTime(), PATIENCE_MS);
}

function sentence(report: RunReport): string {
  const { error, failingSince } = report;
  const since = failingSince === undefined ? '' : ` It has failed since ${failingSince}.`;
  return `${formatId(report)}: ${error?.name ?? 'Error'}: ${error?.message ?? 'no reason was recorded.'}${since}`;
}
