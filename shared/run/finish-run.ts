import type { Clock, Log, RunReport } from '../contract/run';
import { HEALTH_TABLE, healthRow } from '../rows/health-rows';
import { continueAfterMs } from '../pull/no-progress';
import type { InstanceSettings } from '../settings/instance-settings';
import { readSink } from '../sink/sink';
import type { Stores } from './stores';
import type { Row } from '../contract/table';
import { send } from '../rows/send-rows';

/**
 * Finishes a run: writes a log line, its report, a line of history and a health row, and sends a trigger message if it
 * stopped midway. A failure of these is logged and never fails the run.
 * @param options.seldom for one of very many runs: writes no history and no health row
 */
export async function finishRun(
  report: RunReport,
  instance: Pick<InstanceSettings, 'env'>,
  {
    clock,
    log,
    state,
  }: {
    readonly clock: Clock;
    readonly log: Log;
    readonly state: Pick<Stores, 'reports' | 'history' | 'triggerQueue'>;
  },
  { seldom = false } = {},
): Promise<void> {
  const level = report.outcome === 'failed' ? 'error' : report.outcome === 'late' ? 'warn' : 'info';
  log[level](report, 'run ended');
  if (report.outcome === 'busy' || report.outcome === 'paused') return;
  // Only runs of live collection replace the stored report of the last run.
  const kept = report.part === undefined ? state.reports.put(report) : Promise.resolve();
  const attempts: Record<string, () => Promise<unknown>> = {
    report: () => kept,
    history: async () => (seldom ? undefined : state.history.add(report)),
    health: async () => (seldom ? undefined : sendHealth(healthRow(report), instance, { clock, log })),
    continuation: async () => {
      const waitMs = report.part === undefined ? continueAfterMs(report, clock.now()) : undefined;
      if (waitMs === undefined) return;
      // The report counts the runs without progress: stored first, or the source could trigger itself without end.
      if (report.withoutProgress !== undefined) await kept;
      await state.triggerQueue.send(report, waitMs);
    },
  };
  await Promise.all(
    Object.entries(attempts).map(([what, attempt]) =>
      attempt().catch((error: unknown) => {
        const { connector, instance: name, source } = report;
        log.warn(
          { connector, instance: name, source, what, reason: (error as Error).message },
          'could not be written after the run',
        );
      }),
    ),
  );
}

/** Time limit for a health row, so that it never delays a run. */
const HEALTH_TIME_MS = 10_000;

/** Sends a row to `ConnectorHealth_CL` through the sink of its instance. @throws as a sink does */
export async function sendHealth(
  row: Row,
  instance: Pick<InstanceSettings, 'env'>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<void> {
  const deadline = new Date(clock.now().getTime() + HEALTH_TIME_MS);
  const signal = AbortSignal.timeout(HEALTH_TIME_MS);
  const sink = readSink(instance.env)({ who: 'health', deadline, signal, clock, log });
  await send(sink, HEALTH_TABLE, [{ text: sink.encode(HEALTH_TABLE, row), row }]);
}
