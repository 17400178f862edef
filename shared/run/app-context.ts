import type { SourceId } from '../contract/checkpoint';
import type { Connector } from '../contract/connector';
import type { LoadedConnectors } from '../contract/connector-folder';
import type { Clock, Log } from '../contract/run';
import { createLog, type LogLines } from '../process/log';
import { appSecrets } from '../settings/app-secrets';
import type { Environment } from '../settings/environment';
import { readSettings, type ConnectorSettings, type InstanceSettings } from '../settings/settings';
import { overrunMs, timeBudgetMs } from '../settings/time-budget';
import { secretsOf, type Secrets } from '../values/secrets/secrets';
import { resolvePullSource, sourcesOn, type ResolvedSource, type RunTools } from './run-source';
import { openStores, type Stores } from './stores';

/** What all parts of an app share: its connectors, their settings, and storage. Made once. */
export interface AppContext extends LoadedConnectors {
  readonly env: Environment;
  readonly clock: Clock;
  readonly settingsOf: (connector: Connector) => ConnectorSettings;
  readonly instancesOf: (connector: string) => readonly InstanceSettings[];
  /** Every source that is pulled and is on. */
  readonly sources: (connector?: string) => SourceId[];
  /** @throws SettingError when there is no such source, or it is off */
  readonly resolve: (id: SourceId) => ResolvedSource;
  /** Opened when it is first needed, so that an app without storage still loads and says what is missing. */
  readonly state: () => Stores;
  /** How long an invocation that begins now may take. Waiting for a place is part of it. */
  readonly time: () => Pick<RunTools, 'deadline' | 'overrunMs'>;
}

/** The app's log, in which secrets are masked. */
export interface AppLog {
  /** Every secret of the app. Those that come up in a run are added: an error of the run may be logged after its end. */
  readonly secrets: Secrets;
  readonly logOf: (lines: LogLines) => Log;
  /** For one instance: its own secrets, and what comes up in its runs. */
  readonly toolsFor: (
    instance: InstanceSettings,
    lines: LogLines,
  ) => Pick<RunTools, 'clock' | 'log' | 'secrets'>;
}

/** Reads everything that is set. Never throws: what is wrong is told when it is used. */
export function createContext(
  { connectors, broken }: LoadedConnectors,
  {
    clock,
    env,
    hostJsonFile,
  }: { readonly clock: Clock; readonly env: Environment; readonly hostJsonFile: string },
): AppContext {
  const names = connectors.map(({ name }) => name);
  const settings = new Map(connectors.map((one) => [one.name, readSettings(one, env, names)]));
  const budgetMs = timeBudgetMs(env, hostJsonFile);
  let opened: Stores | undefined;
  const instancesOf = (connector: string): readonly InstanceSettings[] =>
    settings.get(connector)?.instances ?? [];
  return {
    connectors,
    broken,
    env,
    clock,
    settingsOf: ({ name }) => settings.get(name) ?? { instances: [], unknown: [] },
    instancesOf,
    sources: (only) =>
      connectors
        .filter(({ name }) => only === undefined || name === only)
        .flatMap(({ name }) => sourcesOn(instancesOf(name))),
    resolve: (id) => resolvePullSource(id, connectors, instancesOf(id.connector)),
    state: () => (opened ??= openStores(env, clock)),
    time: () => ({
      deadline: new Date(clock.now().getTime() + budgetMs),
      overrunMs: overrunMs(budgetMs),
    }),
  };
}

/** @param more secrets beside those of instances, the sink and storage */
export function createAppLog(
  { clock, connectors, env, instancesOf }: AppContext,
  more: readonly string[],
): AppLog {
  const ofInstances = connectors.flatMap(({ name }) => instancesOf(name)).flatMap(({ secrets }) => secrets);
  const ofAll = secretsOf([...ofInstances, ...more, ...appSecrets(env)]);
  return {
    secrets: ofAll,
    logOf: (lines) => createLog(lines, ofAll),
    toolsFor: ({ env: own, secrets: its }, lines) => {
      const secrets = secretsOf([...its, ...more, ...appSecrets(own)], ofAll);
      return { clock, secrets, log: createLog(lines, secrets) };
    },
  };
}
