import type { SourceId } from '../contract/checkpoint';
import type { Connector } from '../contract/connector';
import type { LoadedConnectors } from '../contract/connector-folder';
import type { Clock, Log } from '../contract/run';
import { createLog, type LogLines } from '../process/log';
import { readAppSettings, appSecrets, type AppSettings } from '../settings/app-settings';
import type { Environment } from '../settings/environment';
import { readSettings, type ConnectorSettings, type InstanceSettings } from '../settings/instance-settings';
import { overrunMs } from '../settings/time-budget';
import { secretsOf, type Secrets } from '../values/secrets/secrets';
import { resolvePullSource, sourcesOn, type ResolvedSource, type RunTools } from './run-source';
import { openStores, type Stores } from './stores';

/** What all services of an app share: its connectors, their settings, and storage. Created once. */
export interface AppContext extends LoadedConnectors {
  readonly settings: AppSettings;
  readonly clock: Clock;
  readonly settingsOf: (connector: Connector) => ConnectorSettings;
  readonly instancesOf: (connector: string) => readonly InstanceSettings[];
  /** Every pulled source that is on. */
  readonly sources: (connector?: string) => SourceId[];
  /** @throws SettingError when there is no such source, or it is off */
  readonly resolve: (id: SourceId) => ResolvedSource;
  /** Opened when first needed, so that an app without storage still loads and reports what is missing. */
  readonly state: () => Stores;
  /** The time limits of an invocation that begins now. Waiting for a free concurrency slot counts. */
  readonly time: () => Pick<RunTools, 'deadline' | 'overrunMs'>;
}

/** The app's log, in which secrets are masked. */
export interface AppLog {
  /** Every secret of the app, and those that runs add: an error of a run may be logged after its end. */
  readonly secrets: Secrets;
  readonly logOf: (lines: LogLines) => Log;
  /** The tools of one instance. They mask its own secrets, those of the app, and those that its runs add. */
  readonly toolsFor: (
    instance: InstanceSettings,
    lines: LogLines,
  ) => Pick<RunTools, 'clock' | 'log' | 'secrets'>;
}

/** Reads all settings. Never throws: a wrong setting is reported when it is used. */
export function createContext(
  { connectors, broken }: LoadedConnectors,
  {
    clock,
    env,
    hostJsonFile,
  }: { readonly clock: Clock; readonly env: Environment; readonly hostJsonFile: string },
): AppContext {
  const names = connectors.map(({ name }) => name);
  const settings = readAppSettings(env, hostJsonFile);
  const ofConnectors = new Map(connectors.map((one) => [one.name, readSettings(one, env, names)]));
  let opened: Stores | undefined;
  const instancesOf = (connector: string): readonly InstanceSettings[] =>
    ofConnectors.get(connector)?.instances ?? [];
  return {
    connectors,
    broken,
    settings,
    clock,
    settingsOf: ({ name }) => ofConnectors.get(name) ?? { instances: [], unknown: [] },
    instancesOf,
    sources: (only) =>
      connectors
        .filter(({ name }) => only === undefined || name === only)
        .flatMap(({ name }) => sourcesOn(instancesOf(name))),
    resolve: (id) => resolvePullSource(id, connectors, instancesOf(id.connector)),
    state: () => (opened ??= openStores(settings, clock)),
    time: () => ({
      deadline: new Date(clock.now().getTime() + settings.timeBudgetMs),
      overrunMs: overrunMs(settings.timeBudgetMs),
    }),
  };
}

/** Masks the secrets of the app and of every instance. */
export function createAppLog({ clock, connectors, instancesOf, settings }: AppContext): AppLog {
  const ofInstances = connectors.flatMap(({ name }) => instancesOf(name)).flatMap(({ secrets }) => secrets);
  const ofAll = secretsOf([...ofInstances, ...settings.secrets]);
  return {
    secrets: ofAll,
    logOf: (lines) => createLog(lines, ofAll),
    toolsFor: ({ env: own, secrets: its }, lines) => {
      const secrets = secretsOf([...its, ...settings.secrets, ...appSecrets(own)], ofAll);
      return { clock, secrets, log: createLog(lines, secrets) };
    },
  };
}
