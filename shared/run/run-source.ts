import { randomUUID } from 'node:crypto';
import { type Account, type Checkpoint, type SourceId, formatId } from '../contract/checkpoint';
import type { Connector, PullSource } from '../contract/connector';
import { SettingError } from '../contract/errors';
import type { Http } from '../contract/http';
import type { Clock, ShutdownSignals, Log, RunReport } from '../contract/run';
import type { PullRange } from '../contract/windows';
import { pull } from '../pull/pull';
import { adaptToStreams, withOverflowColumns } from '../rows/stream-columns';
import type { Budgets, RunBudget } from '../rate-limit/run-budget';
import { createHttp, type HttpOptions } from '../http/http';
import { currentOwner, reportUnhandled } from '../process/unhandled-errors';
import type { Secrets } from '../values/secrets/secrets';
import { variableOf, type InstanceSettings } from '../settings/instance-settings';
import { readSink } from '../sink/sink';
import { accountOf, type NamedAccount } from '../pull/vendor-account';
import { unknownNameHint } from '../values/did-you-mean';
import { DAMAGED_BLOB_RESET } from '../values/damage-errors';
import { longestIntervalMs } from '../values/ncrontab';
import { scheduleOf } from './schedule';
import { sealSource, secretsIn } from './seal-source';
import type { Stores } from './stores';
import { addressesOfObjects } from '../kit/objects/aws';
import { watchRun } from '../process/watch-run';
import type { PullRun } from '../pull/pull-run';
import { finishRun } from './finish-run';
import { completeReport } from '../pull/complete-report';

/** Dependencies of a run besides its source. */
export interface RunTools {
  /** After this time the run ends once its current page is delivered. */
  readonly deadline: Date;
  /** How far that page may exceed the deadline. @default 30 seconds */
  readonly overrunMs?: number;
  /** Absent: the process outlives the run. */
  readonly shutdown?: ShutdownSignals;
  readonly clock: Clock;
  readonly log: Log;
  /** The secrets that the log masks. The run adds those that it meets. */
  readonly secrets: Secrets;
  readonly state: Stores;
  /** Hands off to a backfill what a source missed while it was down for hours. Absent: the source reads it itself. */
  readonly handOff?: HandOff;
}

/** Hands off a gap to a backfill. @returns the checkpoint that continues after the gap; `undefined` if there is no gap */
export type HandOff = (
  found: ResolvedSource,
  saved: Checkpoint,
  tools: Pick<RunTools, 'clock' | 'log' | 'state'>,
) => Promise<Checkpoint | undefined>;

/** A pulled source that is on, with its connector and instance. */
export interface ResolvedSource {
  readonly id: SourceId;
  readonly connector: Connector;
  readonly source: PullSource;
  readonly instance: InstanceSettings;
}

/** A backfill slice to run instead of live collection. */
export interface SliceRun {
  readonly part: string;
  readonly range: PullRange;
  /** The vendor account that the backfill job was created for. */
  readonly account: Account;
  /** False once the backfill is paused or cancelled. */
  readonly mayContinue: () => Promise<boolean>;
}

/** The pulled sources of these instances that are on. */
export function sourcesOn(instances: readonly InstanceSettings[]): SourceId[] {
  return instances
    .filter(({ state }) => state === 'on')
    .flatMap(({ connector, instance, sources }) =>
      sources.filter(({ isOn }) => isOn).map(({ source }) => ({ connector, instance, source })),
    );
}

/** Resolves the id of a pulled source. @throws SettingError with every reason if there is no such source, or it is off */
export function resolvePullSource(
  id: SourceId,
  connectors: readonly Connector[],
  instances: readonly InstanceSettings[],
): ResolvedSource {
  const connector = connectors.find(({ name }) => name === id.connector);
  const source = connector?.sources[id.source];
  const instance = instances.find((one) => one.instance === id.instance);
  if (connector === undefined || source === undefined) {
    const known = connectors.flatMap(({ name, sources }) =>
      Object.keys(sources).map((key) => `${name}/${key}`),
    );
    throw new SettingError(
      `running ${formatId(id)}: there is no such source.${unknownNameHint(formatId(id), known)}`,
    );
  }
  const isOn =
    instance?.state === 'on' && instance.sources.some((one) => one.source === id.source && one.isOn);
  if (isOn && source.pull !== undefined) return { id, connector, source, instance };
  if (source.pull === undefined)
    throw new SettingError(
      `running ${formatId(id)}: its records are pushed; there is no vendor to request them from.`,
    );
  const problems = instance?.problems ?? [];
  throw new SettingError(
    `running ${formatId(id)}: it is off. ${problems.length > 0 ? problems.join(' ') : 'None of its settings is set.'}`,
  );
}

/**
 * Runs one source, or a backfill slice of it, with real HTTP, sink and storage, and finishes the run. Never throws: the report
 * holds the error.
 */
export async function runSource(
  found: ResolvedSource,
  tools: RunTools,
  slice?: SliceRun,
): Promise<RunReport> {
  const budget = tools.state.budgets.open({
    ...ownerOf(found, tools.log),
    isLowPriority: slice !== undefined,
  });
  const ended = await pullOnce(found, tools, budget, slice);
  const used = await budget.end();
  const counted = used.requests === 0 && used.waitedMs === 0 ? ended : { ...ended, budget: used };
  const report = await completeReport(counted, tools.state.reports, {
    clock: tools.clock,
    log: tools.log,
    everyMs: () => longestIntervalMs(scheduleOf(found.connector, found.instance.env)),
  });
  await finishRun(report, found.instance, tools);
  return report;
}

/** The source, as its rate budget identifies it. @param log gets a warning if the stored budget is damaged */
export function ownerOf(
  { connector, id, instance }: ResolvedSource,
  log?: Log,
): Parameters<Budgets['open']>[0] {
  return {
    ...{ connector, id, values: valuesOf(instance, id), share: instance.rateShare },
    damaged: ({ message }) => log?.warn({ ...id, reason: message }, DAMAGED_BLOB_RESET),
  };
}

/** The vendor's account that a source's settings name. */
export function namedAccount({ connector, id, instance, source }: ResolvedSource): NamedAccount {
  return accountOf(connector, source, valuesOf(instance, id), (setting) =>
    variableOf(connector.name, setting, id.instance),
  );
}

function valuesOf(instance: InstanceSettings, { source }: SourceId): Readonly<Record<string, string>> {
  return instance.sources.find((one) => one.source === source)?.values ?? {};
}

/** Runs one pull. Reads the sink's settings when the run connects, so that wrong ones fail only this run. */
async function pullOnce(
  { id: sourceId, connector, source, instance }: ResolvedSource,
  tools: RunTools,
  budget: RunBudget,
  slice: SliceRun | undefined,
): Promise<RunReport> {
  const { clock, deadline, log, secrets, state } = tools;
  const id = slice === undefined ? sourceId : { ...sourceId, part: slice.part };
  const own = instance.sources.find((one) => one.source === id.source);
  const known = { clock, left: new Set<string>(), streams: state.streams };
  const watched = watchRun(`pulling ${formatId(id)}`, formatId(id));
  const secretSettings = secretsIn(connector, source, own?.values ?? {});
  const sealed = sealSource(source, formatId(id), secretSettings, secrets);
  const run: PullRun = {
    id,
    // The run id names the slice, so that a run's dead letters show which ledger counts them.
    runId: slice === undefined ? randomUUID() : `${slice.part}.${randomUUID()}`,
    range: slice?.range,
    account: namedAccount({ id: sourceId, connector, source, instance }),
    jobAccount: slice?.account,
    ...(slice === undefined
      ? {
          handOff: async (checkpoint) =>
            tools.handOff?.({ id: sourceId, connector, source, instance }, checkpoint, tools),
        }
      : { mayContinue: slice.mayContinue }),
    settings: own?.values ?? {},
    startFrom: instance.startFrom(clock.now()),
    deadline,
    overrunMs: tools.overrunMs,
    shutdown: tools.shutdown,
    drop: own?.drop,
    lateTable: own?.lateTable,
    paused: () => state.pauses.read(sourceId),
    checkpoints: state.checkpoints,
    deadLetters: state.deadLetters,
    segments: state.dedupSegments,
    clock,
    log,
    secrets,
    onAbandonedFailure: (error) => reportUnhandled(log, currentOwner(), error),
    connect: async (signal, reading) => {
      const run = { deadline, signal: reading, clock, log, secrets, budget };
      const http = vendorHttp({ id, connector, source, instance }, run);
      const sink = readSink(instance.env)({ who: formatId(id), deadline, signal, clock, log });
      return { http, sink: await adaptToStreams(sink, [source.table.name, own?.lateTable], known) };
    },
  };
  const report = await watched.call(() => pull(sealed, run));
  return withOverflowColumns(watched.conclude(report, secrets), known.left);
}

/** A source's HTTP client to its vendor. It may reach only the origins of the source's settings and the declared origins. */
export function vendorHttp(
  { id, connector, source, instance }: ResolvedSource,
  run: Pick<HttpOptions, 'budget' | 'deadline' | 'signal' | 'clock' | 'log' | 'secrets'>,
): Http {
  const { variables, tls } = instance;
  const values = valuesOf(instance, id);
  const origins = [
    ...addresses(connector, source, values),
    ...addressesOfObjects(source.pull.objects, values),
    ...(connector.origins ?? []),
  ].map((url) => new URL(url).origin);
  const { answer, needs } = source;
  const limits = { timeoutMs: answer?.timeoutMs, maxBodyBytes: answer?.maxBytes, needs };
  const settings = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [variableOf(connector.name, name, id.instance), value]),
  );
  return createHttp({ ...run, ...limits, who: formatId(id), origins, variables, settings, tls });
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
