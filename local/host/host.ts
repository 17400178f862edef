import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createAdminEndpoints } from './admin-endpoints';
import { type Calls, createCalls } from './worker/calls';
import { invokeManually, startManualTriggers } from './manual-trigger';
import { type HostedFunction, findTrigger } from './worker/functions';
import { type HostSettings, readHostJson } from './host-json';
import { type HttpFunction, type HttpOptions, MAX_BODY_BYTES, createHttpListener } from './http/http';
import { type Listener, startListener } from './listeners';
import type { Log } from './host-log';
import { type Server, listen } from './loopback-server';
import { type Environment, findSetting } from './app-settings';
import { type Supervisor, superviseWorker } from './worker-supervisor';
import type { WorkerExit } from './worker/worker-process';

export type { FunctionKind, HostedFunction } from './worker/functions';
export type { HostLog, Log, LogLevel } from './host-log';
export type { WorkerExit } from './worker/worker-process';

export interface HostOptions {
  /** The app's bundle. */
  readonly entry: string;
  /** The built `local/host/worker.js`: the program of the process that runs the app. */
  readonly workerEntry: string;
  /** The worker's whole environment. App settings are read from it too. */
  readonly environment: Environment;
  /** 7071 is what `func start` uses; 0 is any free port. */
  readonly port: number;
  /** A server that already listens, used instead of `port`. The host closes it. */
  readonly server?: Server;
  /** Aborting it ends the start. */
  readonly signal?: AbortSignal;
  /** The path of host.json; its folder is the worker's current folder. */
  readonly hostJson: string;
  /** The name of this host's timers in storage. Keep it the same from start to start. */
  readonly hostId: string;
  /** The storage of timers' status, and of queues without a connection of their own. */
  readonly storageConnectionString: string;
  readonly onLog: Log;
  /** Awaited before the worker is restarted. Use it to break the leases of the dead worker. */
  readonly onWorkerExit?: (exit: WorkerExit) => void | Promise<void>;
  /** For tests of schedules. */
  readonly now?: () => Date;
}

/** A running app: its timers, its queues and its HTTP functions. */
export interface FunctionHost {
  /** As in `http://127.0.0.1:7071`. */
  readonly url: string;
  /** The current state of each function; read it again for a timer's next run. */
  readonly functions: readonly HostedFunction[];
  /** Undefined while the worker is restarting. */
  readonly workerPid: number | undefined;
  /**
   * Runs the function of a timer or of a queue now, independently of its trigger and without a retry policy, as `POST
   * /admin/functions/{name}` does. Resolves when it has ended.
   * @param input the message of a queue's function
   * @throws the function's error, or Error when there is no such function
   */
  invoke(name: string, input?: string): Promise<void>;
  /**
   * Stops timers and queues, waits up to 10 s for calls in progress, ends the worker by SIGTERM and awaits its exit. May be
   * called more than once.
   */
  stop(): Promise<void>;
}

/** How long Azure's host lets calls in progress finish when it shuts down. */
const DRAIN_MS = 10_000;

interface Running {
  readonly options: HostOptions;
  readonly server: Server;
  readonly worker: Supervisor;
  readonly calls: Calls;
  readonly listeners: Listener[];
}

/**
 * Runs a built function app on this machine as Azure would: its timers, queue triggers and HTTP functions, in a worker process
 * that is restarted whenever it dies. Listens on 127.0.0.1 only.
 * @throws Error when the port is in use, host.json cannot be read, the app cannot be loaded (LoadError) or the storage cannot
 * be reached; everything is stopped then
 */
export async function startHost(options: HostOptions): Promise<FunctionHost> {
  const settings = readHostJson(options.hostJson, options.environment);
  const server = options.server ?? (await listen(options.port));
  let worker: Supervisor | undefined;
  try {
    worker = await superviseWorker({
      ...options,
      folder: dirname(options.hostJson),
      functionTimeoutMs: settings.functionTimeoutMs,
      onExit: (exit) => options.onWorkerExit?.(exit),
    });
  } catch (error) {
    await server.close();
    throw error;
  }
  const calls = createCalls(worker, options.onLog);
  const running: Running = { options, server, worker, calls, listeners: [] };
  try {
    options.signal?.throwIfAborted();
    await startListeners(running, settings);
    options.signal?.throwIfAborted();
  } catch (error) {
    await stop(running);
    throw error;
  }
  server.serve(createHttpListener(httpOptions(running)));
  return createHandle(running);
}

async function startListeners(
  { options, worker, calls, listeners }: Running,
  settings: HostSettings,
): Promise<void> {
  const { functions } = worker.app;
  if (functions.length === 0) {
    const message = `${options.entry} registers no function. Call app.http, app.timer or app.storageQueue while it loads.`;
    options.onLog({ level: 'error', category: 'Host.Startup', message });
  }
  const now = options.now ?? ((): Date => new Date());
  for (const metadata of functions) {
    const given = { ...options, settings, worker, call: calls.call, now, log: options.onLog };
    listeners.push(await startListener(findTrigger(metadata), given));
  }
}

function createHandle(running: Running): FunctionHost {
  const triggers = running.listeners.map(({ trigger }) => trigger);
  let stopped: Promise<void> | undefined;
  return {
    url: running.server.url,
    get functions() {
      return running.listeners.map((listener) => listener.describe());
    },
    get workerPid() {
      return running.worker.pid;
    },
    invoke: (name, input = '') => invokeManually(triggers, running.calls.call, { name, input }),
    stop: () => (stopped ??= stop(running)),
  };
}

function httpOptions({ options, worker, calls, listeners }: Running): HttpOptions {
  const { call } = calls;
  const triggers = listeners.map(({ trigger }) => trigger);
  const limit = findSetting(options.environment, 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT');
  const status = () => ({
    id: options.hostId,
    state: worker.pid === undefined ? 'Starting' : 'Running',
    processId: worker.pid,
    functions: listeners.map((listener) => listener.describe()),
  });
  return {
    functions: listeners.flatMap((listener) => toHttpFunction(listener)),
    worker,
    call,
    maxBodyBytes: Number(limit ?? MAX_BODY_BYTES),
    admin: createAdminEndpoints({
      status,
      start: (name, input) => startManualTriggers(triggers, call, { name, input }),
    }),
    log: options.onLog,
  };
}

function toHttpFunction({ trigger, describe }: Listener): HttpFunction[] {
  const { name, route, methods = [] } = describe();
  return route === undefined ? [] : [{ name, binding: trigger.binding, route, methods }];
}

async function stop({ server, worker, calls, listeners }: Running): Promise<void> {
  const drained = Promise.all([
    server.close(),
    calls.idle(),
    ...listeners.map((listener) => listener.stop()),
  ]);
  const limit = new AbortController();
  await Promise.race([drained, delay(DRAIN_MS, undefined, { signal: limit.signal }).catch(() => undefined)]);
  limit.abort();
  await worker.stop();
  server.abandon();
  await drained;
}
