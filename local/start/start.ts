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

/** The options of {@link startLocal}. */
export interface StartOptions {
  /** The clone, with host.json and local.settings.json. */
  readonly root: string;
  readonly programs: Programs;
  readonly folders: readonly VendorFolder[];
  readonly env: Environment;
  readonly data: string;
  readonly fresh: boolean;
  readonly port: number;
  readonly simulators: boolean;
  /** False: timers do not fire, because the caller runs the sources. */
  readonly timers: boolean;
  /** Aborting it ends the start. */
  readonly signal?: AbortSignal;
  /** Receives the name of each part that is ready. */
  readonly onReady?: (part: string) => void;
  readonly onReport: (report: RunReport) => void;
  readonly onLog: (line: HostLog) => void;
}

/** A running Tributary on this machine. */
export interface Local {
  readonly data: DataFolder;
  readonly services: Services;
  readonly host: FunctionHost;
  /** The same app as in the worker, to read settings and state in this process. */
  readonly app: App;
  /** The app's environment: the operator's variables, and those of the services. */
  readonly env: Environment;
  /** Stops everything, the app first and storage last. */
  stop(): Promise<void>;
}

/**
 * Starts everything: locks the data folder and the port, then starts storage, workspace, simulated vendors, and a function host
 * with the built bundle. If a part fails to start, the others are stopped.
 * @throws Error with one sentence that names the part and the remedy; the signal's reason after an abort
 */
export async function startLocal(options: StartOptions): Promise<Local> {
  const { folders, root } = options;
  const env = readEnvironment(options.env, join(root, 'local.settings.json'));
  // Refuses wrong settings before anything starts, with the app's message.
  if (ownStorage(env) !== undefined) readStorageSettings(env);
  const { connectors } = loadConnectors(folders);
  const data = await takeDataFolder(options.data, options.fresh);
  let server: Server | undefined;
  let services: Services | undefined;
  try {
    // Before the slow steps, so that a port in use is reported at once.
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
    // In our own storage no other run can be alive, so the leases of a killed one are broken instead of waited for.
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

/** The stored id of a folder's timers: the same at every start, and different for every folder. */
function hostId(folder: string): string {
  return `local-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
}
