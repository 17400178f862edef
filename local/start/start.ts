import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type App, createApp } from '../../shared/app';
import type { VendorFolder } from '../vendor/simulated';
import { startHost, type FunctionHost, type HostLog } from '../host/host';
import { listen, type Server } from '../host/loopback-server';
import { takeDataFolder, type DataFolder } from './data-folder';
import { appEnvironment, ownStorage, readEnvironment } from './app-environment';
import { reportIn } from './report-text';
import { adoptMovedVendors } from './adopt-moved-vendors';
import type { Programs } from './programs';
import { startServices, type Services } from './services';
import type { RunReport } from '../../shared/contract/run';
import { loadConnectors } from '../../shared/load';
import { type Environment, breakLeases, readStorageSettings } from '../../shared/admin';

/** What `start` needs. */
export interface StartOptions {
  /** The clone: where host.json and local.settings.json are. */
  readonly root: string;
  readonly programs: Programs;
  readonly folders: readonly VendorFolder[];
  readonly env: Environment;
  readonly data: string;
  readonly fresh: boolean;
  readonly port: number;
  readonly simulators: boolean;
  /** False leaves the timers unstarted: whoever started it runs the sources. */
  readonly timers: boolean;
  /** Aborted when whoever started it wants it no more: nothing is started after that. */
  readonly signal?: AbortSignal;
  /** Gets the name of each part that is ready. */
  readonly onReady?: (part: string) => void;
  readonly onReport: (report: RunReport) => void;
  readonly onLog: (line: HostLog) => void;
}

/** A running Tributary on this machine. */
export interface Local {
  readonly data: DataFolder;
  readonly services: Services;
  readonly host: FunctionHost;
  /** The same app as in the worker, for reading settings and state here. */
  readonly app: App;
  /** What the app sees: the operator's variables and what the services add. */
  readonly env: Environment;
  /** Stops everything, the app first and storage last. */
  stop(): Promise<void>;
}

/**
 * Brings everything up: takes the data folder and the port, starts storage, workspace and simulated vendors, and a
 * function host that loads the built bundle. When a part does not start, those that did are stopped.
 * @throws Error with one sentence that says which, and what to do; the signal's reason once it is aborted
 */
export async function startLocal(options: StartOptions): Promise<Local> {
  const { folders, root } = options;
  const env = readEnvironment(options.env, join(root, 'local.settings.json'));
  // Said before anything is started, in the same words as by the app.
  if (ownStorage(env) !== undefined) readStorageSettings(env);
  const { connectors } = loadConnectors(folders);
  const data = await takeDataFolder(options.data, options.fresh);
  let server: Server | undefined;
  let services: Services | undefined;
  try {
    // Before what takes long: a port that cannot be had is said at once.
    server = await listen(options.port);
    services = await startServices({
      ...options,
      onEnd: (message) => options.onLog({ level: 'error', category: 'Local', message }),
      data,
      connectors,
      env,
    });
    options.signal?.throwIfAborted();
    const { storage, storageUrl, vendor, workspace } = services;
    const environment = appEnvironment(env, connectors, { ...services, workspace: workspace.url });
    const app = createApp({ env: environment, folders, hostJsonFile: join(root, 'host.json') });
    // Whoever owns the storage knows that no run is alive: a lease left by a killed one need not be waited for.
    const breakOurs = storageUrl === undefined ? () => Promise.resolve() : () => breakLeases(app);
    await breakOurs();
    await adoptMovedVendors(data, services, app);
    options.signal?.throwIfAborted();
    const host = await startHost({
      entry: options.programs.app,
      workerEntry: options.programs.worker,
      environment: options.timers ? environment : { ...environment, ...disabled(app) },
      port: options.port,
      server,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      hostJson: join(root, 'host.json'),
      hostId: hostId(data.path),
      storageConnectionString: storage,
      onLog(line) {
        const report = reportIn(line);
        if (report === undefined) options.onLog(line);
        else options.onReport(report);
      },
      onWorkerExit: breakOurs,
    });
    options.onReady?.('function app');
    data.publish({
      pid: process.pid,
      host: host.url,
      workspace: workspace.url,
      workspaceTls: workspace.tlsUrl,
      ...(vendor === undefined ? {} : { vendor }),
      ...(storageUrl === undefined ? {} : { storage }),
      simulators: services.simulators,
    });
    return { data, services, host, app, env: environment, stop: () => stopAll(host, services, data) };
  } catch (error) {
    await server?.close();
    await stopAll(undefined, services, data);
    throw error;
  }
}

async function stopAll(
  host: FunctionHost | undefined,
  services: Services | undefined,
  data: DataFolder,
): Promise<void> {
  await host?.stop();
  await services?.stop();
  data.close();
}

/** The app settings that keep a function's trigger from firing. @see https://learn.microsoft.com/azure/azure-functions/disable-function */
function disabled(app: App): Record<string, string> {
  const names = [...app.timers.map(({ connector }) => `pull-${connector}`), 'sweep', 'deliver-sweep'];
  return Object.fromEntries(names.map((name) => [`AzureWebJobs.${name}.Disabled`, 'true']));
}

/** A folder's timers keep their status from start to start, and two folders never share one. */
function hostId(folder: string): string {
  return `local-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
}
