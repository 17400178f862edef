import { hashBelow } from '../../shared/values/names';
import { startAzurite } from '../storage/azurite';
import { workspaceTable } from '../workspace/store/workspace-table';
import { rulesOf, unsimulated, type VendorFolder } from '../vendor/simulated';
import { keepChild } from './child-process';
import { LOCAL_TOKEN, LOCAL_WORKSPACE, ownStorage, simulated, type Simulators } from './app-environment';
import type { DataFolder } from './data-folder';
import type { Programs } from './programs';
import type { Connector } from '../../shared/contract/connector';
import { type Environment, readSettings, tablesOf, variableOf } from '../../shared/admin';

/** The services around the app on a laptop: storage, workspace and simulated vendors, each in its own process. */
export interface Services {
  /** The connection string. It is a secret if the storage is the operator's own. */
  readonly storage: string;
  /** The address of our own storage; absent if the operator configured storage. */
  readonly storageUrl: string | undefined;
  readonly workspace: { readonly url: string; readonly tlsUrl: string };
  readonly vendor: string | undefined;
  /** The variables that point each connector at its simulated vendor, by connector. */
  readonly simulators: Simulators;
  /** By connector: sources that are off because they have no simulated vendor. */
  readonly unsimulated: Readonly<Record<string, readonly string[]>>;
  /** By connector: why its vendor cannot be simulated at all, because its simulator.ts or a fixture is broken. */
  readonly unplayable: Readonly<Record<string, string>>;
  /** Tells the simulated vendors the app's address, so that they post to it, also after a restart of theirs. */
  announce(app: string): Promise<void>;
  /** The current process id of each service. */
  processes(): Readonly<Record<string, number>>;
  /** Resolves with a sentence if our own storage ends unexpectedly. Nothing can continue without it. */
  readonly lost: Promise<string>;
  /** Stops all services; storage by SIGTERM, awaited. */
  stop(): Promise<void>;
}

interface WorkspaceReady {
  readonly url: string;
  readonly tlsUrl: string;
}
interface VendorReady {
  readonly url: string;
  readonly settings: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly unplayable: Readonly<Record<string, string>>;
}

const STORAGE_LOST =
  'Storage (Azurite) ended unexpectedly and may have lost acknowledged writes. Stopping; start again.';

/** What {@link startServices} needs. */
export interface ServicesOptions {
  readonly data: DataFolder;
  readonly connectors: readonly Connector[];
  /** The connectors' folders; each may hold a simulator. */
  readonly folders: readonly VendorFolder[];
  readonly env: Environment;
  readonly programs: Programs;
  readonly simulators: boolean;
  /**
   * True: the command only reads. Nothing is collected, and nothing new is stored in the folder, neither tables nor the
   * vendors' start time.
   */
  readonly isReading?: boolean;
  /** Aborting it ends the start and stops the services that are ready. */
  readonly signal?: AbortSignal;
  /** Receives a sentence when a service ends unexpectedly. */
  readonly onEnd: (sentence: string) => void;
  /** Receives the name of each service that is ready. */
  readonly onReady?: (part: string) => void;
}

/** Starts the services. If one fails to start, stops the others. @throws Error naming it; the signal's reason after an abort */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { connectors, data, env, onEnd, programs } = options;
  const stops: (() => Promise<void>)[] = [];
  const started =
    (part: string) =>
    <T extends { stop(): Promise<void> }>(service: T): T => {
      stops.push(() => service.stop());
      options.signal?.throwIfAborted();
      options.onReady?.(part);
      return service;
    };
  let isStopping = false;
  let app: string | undefined;
  const stop = async (): Promise<void> => {
    isStopping = true;
    await Promise.all(stops.map((one) => one()));
  };
  const toSimulate = options.simulators ? simulated(connectors, env) : [];
  const starting = [
    ownStorage(env) === undefined
      ? startAzurite({ entry: programs.storage, folder: data.storage }).then(started('storage'))
      : Promise.resolve(undefined),
    keepChild<WorkspaceReady>('The local workspace', programs.workspace, {
      onEnd,
      signal: options.signal,
      message: (before) => ({
        kind: 'start',
        options: {
          databaseFile: data.database,
          queryEntry: programs.query,
          tables: options.isReading === true ? [] : tablesOf(connectors, env).map(workspaceTable),
          dcrImmutableId: LOCAL_WORKSPACE.dcrImmutableId,
          token: LOCAL_TOKEN,
          workspaceId: LOCAL_WORKSPACE.workspaceId,
          workspaceKeys: [LOCAL_WORKSPACE.workspaceKey],
          makesTables: true,
          ...(before === undefined ? {} : { port: portOf(before.url), tlsPort: portOf(before.tlsUrl) }),
        },
      }),
    }).then(started('workspace')),
    toSimulate.length === 0
      ? Promise.resolve(undefined)
      : keepChild<VendorReady>('The simulated vendors', programs.vendor, {
          onEnd,
          signal: options.signal,
          message: (before) => ({
            kind: 'start',
            live: true,
            bornAt: options.isReading === true ? new Date().toISOString() : data.bornAt(),
            ...(before === undefined ? { preferPort: data.vendorPort() } : { port: portOf(before.url) }),
            ...(app === undefined ? {} : { sendTo: app }),
          }),
        }).then(started('vendors')),
  ] as const;
  const attempts = await Promise.allSettled(starting);
  const failed = attempts.find((attempt) => attempt.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const [azurite, workspace, vendor] = await Promise.all(starting);
  const { url, tlsUrl } = workspace.ready;
  const { settings = {}, unplayable = {} } = vendor?.ready ?? {};
  const playable = toSimulate.filter(({ name }) => unplayable[name] === undefined);
  const left = Object.fromEntries(
    playable.flatMap((connector) => {
      const folder = options.folders.find(({ name }) => name === connector.name);
      const names = unsimulated(connector, rulesOf(folder));
      return names.length === 0 ? [] : [[connector.name, names] as const];
    }),
  );
  const storage = ownStorage(env) ?? azurite?.connectionString ?? '';
  return {
    storage,
    storageUrl: azurite?.blobUrl,
    workspace: { url, tlsUrl },
    vendor: vendor?.ready.url,
    async announce(address) {
      app = address;
      if (vendor !== undefined)
        await fetch(`${vendor.ready.url}/send`, { method: 'POST', body: JSON.stringify(address) });
    },
    processes: () =>
      Object.fromEntries(
        Object.entries({ storage: azurite, workspace, vendor }).flatMap(([name, service]) =>
          service === undefined ? [] : [[name, service.pid] as const],
        ),
      ),
    lost: new Promise((lose) => {
      void azurite?.ended.then(() =>
        isStopping || options.signal?.aborted === true ? undefined : lose(STORAGE_LOST),
      );
    }),
    simulators: vendorVariables(playable, settings, left),
    unsimulated: left,
    unplayable,
    stop,
  };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

/**
 * A simulator's settings as the variables that an operator would set. Simulated sources run every minute, so that a user soon
 * sees rows. Sources without a simulator are off.
 */
function vendorVariables(
  connectors: readonly Connector[],
  settings: VendorReady['settings'],
  left: Services['unsimulated'],
): Simulators {
  const entries = connectors.flatMap(({ name, sources }): [string, Record<string, string>][] => {
    const on = Object.keys(sources).filter((source) => left[name]?.includes(source) !== true);
    if (on.length === 0) return [];
    const own = Object.entries({
      ...settings[name],
      schedule: `${hashBelow(name, 60)} * * * * *`,
      ...(left[name] === undefined ? {} : { sources: on.join(',') }),
    });
    return [[name, Object.fromEntries(own.map(([setting, value]) => [variableOf(name, setting), value]))]];
  });
  return Object.fromEntries(entries);
}

/** The required variables of a connector. */
export function requiredVariables(connector: Connector): string {
  const sources = Object.values(connector.sources);
  const isReceived = sources.every(({ receive }) => receive !== undefined);
  const all = isReceived ? sources.map(({ settings }) => settings ?? {}) : [connector.settings];
  const needed = all
    .flatMap((settings) => Object.entries(settings))
    .filter(([, setting]) => setting.optional !== true && setting.default === undefined);
  return needed.map(([setting]) => variableOf(connector.name, setting)).join(', ');
}

/** What to do about a source without a simulated vendor. */
export function realVendorHint(connector: Connector): string {
  return `To use the real vendor, set ${requiredVariables(connector)}.`;
}

/** A sentence for each instance with some, but not all, of its required settings. */
export function problemsOf(connectors: readonly Connector[], env: Environment): string[] {
  return connectors.flatMap((connector) =>
    readSettings(connector, env).instances.flatMap(({ instance, problems, webhooks, state }) => {
      const which = instance === 'default' ? connector.title : `${connector.title} (${instance})`;
      return [
        ...(state === 'wrong' ? [`${which} is off: ${problems.join(' ')}`] : []),
        ...webhooks
          .filter((webhook) => webhook.state === 'wrong')
          .map((webhook) => `${which}, ${webhook.source}, is off: ${webhook.problems.join(' ')}`),
      ];
    }),
  );
}
