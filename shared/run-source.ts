import { randomUUID } from 'node:crypto';
import { formatId, type CheckpointStore, type SourceId } from './contract/checkpoint';
import type { Connector, PullSource } from './contract/connector';
import { SettingError } from './contract/errors';
import type { Http } from './contract/http';
import type { Clock, DeadLetters, Log, RunReport, RunReports, WakeUps } from './contract/run';
import { healthRow, HEALTH_TABLE } from './flow/health';
import { pull } from './flow/pull';
import { send } from './flow/send';
import { createHttp, type HttpOptions } from './io/http';
import { maskSecrets } from './io/log';
import type { DeleteOld } from './io/retention';
import type { InstanceSettings } from './io/settings';
import { readSink } from './io/sink';

/** A health row must not hold up the run it tells of. */
const HEALTH_TIME_MS = 10_000;

/** The stored state that a run reads and writes. */
export interface State {
  readonly checkpoints: CheckpointStore;
  readonly deadLetters: DeadLetters;
  readonly reports: RunReports;
  readonly wakeUps: WakeUps;
  /** Deletes what has been kept long enough. */
  readonly deleteOld: DeleteOld;
}

/** What a run is given besides its source. */
export interface RunTools {
  /** After this the run ends with the page it is at. */
  readonly deadline: Date;
  readonly clock: Clock;
  readonly log: Log;
  readonly state: State;
}

/** A source with everything that an id names. */
export interface FoundSource {
  readonly id: SourceId;
  readonly connector: Connector;
  readonly source: PullSource;
  readonly instance: InstanceSettings;
}

/** Finds what an id names. @throws SettingError when there is no such source, or it is off: with every reason */
export function findSource(
  id: SourceId,
  connectors: readonly Connector[],
  instances: readonly InstanceSettings[],
): FoundSource {
  const connector = connectors.find(({ name }) => name === id.connector);
  const source = connector?.sources[id.source];
  const instance = instances.find((one) => one.instance === id.instance);
  if (connector === undefined || source === undefined) {
    const known = connectors.flatMap(({ name, sources }) =>
      Object.keys(sources).map((key) => `${name}/${key}`),
    );
    throw new SettingError(`running ${formatId(id)}: there is no such source. Known: ${known.join(', ')}.`);
  }
  const isOn =
    instance?.state === 'on' && instance.sources.some((one) => one.source === id.source && one.isOn);
  if (isOn) return { id, connector, source, instance };
  const problems = instance?.problems ?? [];
  throw new SettingError(
    `running ${formatId(id)}: it is off. ${problems.length > 0 ? problems.join(' ') : 'None of its settings is set.'}`,
  );
}

/** Runs one source with real io, and leaves what a run leaves. Never throws: see the report. */
export async function runSource(found: FoundSource, tools: RunTools): Promise<RunReport> {
  const report = withoutSecrets(await pullOnce(found, tools), found.instance.secrets);
  await leave(report, found.instance, tools);
  return report;
}

/** A connector's own code may put anything into an error; what is written of it holds no secret. */
function withoutSecrets(report: RunReport, secrets: readonly string[]): RunReport {
  if (report.error === undefined) return report;
  return { ...report, error: { ...report.error, message: maskSecrets(report.error.message, secrets) } };
}

/** The sink's settings are read now, so that what is wrong with them fails this run alone. */
async function pullOnce(
  { id, connector, source, instance }: FoundSource,
  tools: RunTools,
): Promise<RunReport> {
  const { clock, deadline, log, state } = tools;
  const startedAt = clock.now();
  const { drop, values } = instance.sources.find((one) => one.source === id.source) ?? {
    drop: undefined,
    values: {},
  };
  const who = formatId(id);
  return pull(source, {
    id,
    runId: randomUUID(),
    settings: values,
    startFrom: instance.startFrom(startedAt),
    deadline,
    drop,
    checkpoints: state.checkpoints,
    deadLetters: state.deadLetters,
    clock,
    log,
    connect: (signal) => ({
      http: vendorHttp({ id, connector, source, instance }, { deadline, signal, clock, log }),
      sink: readSink(instance.env)({ who, deadline, signal, clock, log }),
    }),
  });
}

/** A source's door to its vendor: the origins of its settings and the declared ones, and nothing else. */
export function vendorHttp(
  { id, connector, source, instance }: FoundSource,
  run: Pick<HttpOptions, 'deadline' | 'signal' | 'clock' | 'log'>,
): Http {
  const { variables, secrets, tls } = instance;
  const values = instance.sources.find((one) => one.source === id.source)?.values ?? {};
  const origins = [...addresses(connector, source, values), ...(connector.origins ?? [])].map(
    (url) => new URL(url).origin,
  );
  return createHttp({ ...run, who: formatId(id), origins, variables, secrets, tls });
}

function addresses(
  { settings }: Connector,
  source: PullSource,
  values: Readonly<Record<string, string>>,
): string[] {
  return Object.entries({ ...settings, ...source.settings })
    .filter(([key, { kind }]) => kind === 'url' && (values[key] ?? '') !== '')
    .map(([key]) => values[key] as string);
}

/** What a run leaves: a line, its report, a health row, and a wake-up where it stopped midway. None of them can fail it. */
export async function leave(
  report: RunReport,
  instance: Pick<InstanceSettings, 'env'>,
  {
    clock,
    log,
    state,
  }: Pick<RunTools, 'clock' | 'log'> & { readonly state: Pick<State, 'reports' | 'wakeUps'> },
  { health = true } = {},
): Promise<void> {
  log[report.outcome === 'failed' ? 'error' : 'info'](report, 'run ended');
  if (report.outcome === 'busy') return;
  const attempts: Record<string, () => Promise<unknown>> = {
    report: () => state.reports.put(report),
    health: async () => {
      if (!health) return;
      const deadline = new Date(clock.now().getTime() + HEALTH_TIME_MS);
      const sink = readSink(instance.env)({
        who: 'health',
        deadline,
        signal: AbortSignal.timeout(HEALTH_TIME_MS),
        clock,
        log,
      });
      await send(sink, HEALTH_TABLE, [{ text: sink.encode(HEALTH_TABLE, healthRow(report)), row: report }]);
    },
    continuation: () => (report.outcome === 'out-of-time' ? state.wakeUps.wake(report) : Promise.resolve()),
  };
  await Promise.all(
    Object.entries(attempts).map(([what, attempt]) =>
      attempt().catch((error: unknown) => {
        const { connector, instance: name, source } = report;
        log.warn(
          { connector, instance: name, source, what, reason: (error as Error).message },
          'not left behind',
        );
      }),
    ),
  );
}
