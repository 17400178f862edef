import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { OWN_PROCESS_GROUP } from '../../process-group';
import { FunctionError, LoadError, WorkerGoneError } from '../errors';
import type { HostLog, Log, LogLevel } from '../host-log';
import type { FromWorker, Invocation, InvocationResponse, LoadedApp, ToWorker } from './rpc';

export interface WorkerOptions {
  /** The built `worker.js`. */
  readonly workerEntry: string;
  /** The app's bundle. */
  readonly entry: string;
  /** The worker's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The worker's current folder. */
  readonly folder: string;
  readonly onLog: Log;
}

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One worker process. */
export interface WorkerProcess {
  readonly pid: number;
  readonly app: LoadedApp;
  readonly exited: Promise<WorkerExit>;
  /**
   * @throws FunctionError when the function threw
   * @throws WorkerGoneError when the process died first
   */
  invoke(call: Invocation): Promise<InvocationResponse>;
  kill(): void;
  /** Sends SIGTERM, so that `appTerminate` hooks run; SIGKILL after the time that Azure grants. */
  terminate(): Promise<WorkerExit>;
}

interface Pending {
  readonly call: Invocation;
  resolve(response: InvocationResponse): void;
  reject(error: Error): void;
}

/** The worker's own limit of 5 s, and a margin. */
const TERMINATE_LIMIT_MS = 6000;
const LOAD_LIMIT_MS = 60_000;
/** How many lines of stderr the error of a failed load contains. */
const STDERR_TAIL_LINES = 12;

/**
 * Forks a worker and loads the app into it. Aborting the signal ends the start.
 * @throws LoadError with the app's message and stack when its entry throws, when the process dies while loading, or when
 * loading takes longer than a minute
 */
export async function startWorkerProcess(
  options: WorkerOptions,
  signal: AbortSignal,
): Promise<WorkerProcess> {
  const child = fork(options.workerEntry, [], {
    cwd: options.folder,
    env: { ...options.environment },
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    ...OWN_PROCESS_GROUP,
  });
  const pending = new Map<string, Pending>();
  const exited = watchExit(child, pending);
  const stderrTail: string[] = [];
  const log = (level: LogLevel) => (message: string) =>
    options.onLog({ level, category: 'Worker.Console', message });
  readLines(child.stdout, log('information'));
  readLines(child.stderr, (line) => {
    log('error')(line);
    if (stderrTail.push(line) > STDERR_TAIL_LINES) stderrTail.shift();
  });
  const app = await load(child, options, { pending, signal, lastWords: stderrTail }).catch(
    async (error: unknown) => {
      child.kill('SIGKILL');
      await exited;
      throw error;
    },
  );
  return {
    pid: child.pid ?? 0,
    app,
    exited,
    invoke: (call) =>
      new Promise((resolve, reject) => {
        pending.set(call.id, { call, resolve, reject });
        if (child.connected) post(child, { kind: 'invoke', ...call });
        else void exited.then((exit) => fail(pending, endOf(exit)));
      }),
    kill: () => void child.kill('SIGKILL'),
    terminate: () => {
      child.kill('SIGTERM');
      const limit = setTimeout(() => child.kill('SIGKILL'), TERMINATE_LIMIT_MS);
      return exited.finally(() => clearTimeout(limit));
    },
  };
}

interface Life {
  readonly pending: Map<string, Pending>;
  readonly signal: AbortSignal;
  /** The last lines of stderr. */
  readonly lastWords: readonly string[];
}

async function load(child: ChildProcess, options: WorkerOptions, life: Life): Promise<LoadedApp> {
  const { entry, onLog } = options;
  const giveUp = (): void => void child.kill('SIGKILL');
  const limit = setTimeout(giveUp, LOAD_LIMIT_MS);
  life.signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await new Promise<LoadedApp>((resolve, reject) => {
      child.on('message', (message: FromWorker) => {
        if (message.kind === 'log') onLog(toHostLog(message));
        else if (message.kind === 'result') settle(life.pending, message);
        else if (message.kind === 'loaded') resolve(message);
        else reject(loadError(entry, message.message, message.stack));
      });
      // `close` comes after all output has been read.
      child.once('close', (code, signal) => {
        const how = `the worker ended with ${signal ?? `code ${code}`}`;
        reject(loadError(entry, [how, ...life.lastWords].join('\n')));
      });
      child.once('error', reject);
      post(child, { kind: 'load', entry });
    });
  } finally {
    clearTimeout(limit);
    life.signal.removeEventListener('abort', giveUp);
  }
}

function watchExit(child: ChildProcess, pending: Map<string, Pending>): Promise<WorkerExit> {
  return new Promise((resolve) => {
    // A failed fork (no memory, no such folder) emits `error` and never exits.
    child.on('error', () => resolve({ code: null, signal: null }));
    child.once('exit', (code, signal) => {
      fail(pending, endOf({ code, signal }));
      resolve({ code, signal });
    });
  });
}

function endOf({ code, signal }: WorkerExit): string {
  return signal === null ? `it exited with code ${code}` : `it was killed by ${signal}`;
}

function fail(pending: Map<string, Pending>, reason: string): void {
  for (const { call, reject } of pending.values()) {
    reject(new WorkerGoneError(`running ${call.functionName}: the worker process ended, because ${reason}.`));
  }
  pending.clear();
}

function settle(pending: Map<string, Pending>, message: FromWorker & { readonly kind: 'result' }): void {
  const waiting = pending.get(message.id);
  pending.delete(message.id);
  if ('error' in message) waiting?.reject(new FunctionError(message.error));
  else waiting?.resolve(message.response);
}

function loadError(entry: string, message: string, stack?: string): LoadError {
  const error = new LoadError(`loading ${entry}: ${message}`);
  if (stack !== undefined) error.stack = `${error.message}\n${stack}`;
  return error;
}

function post(child: ChildProcess, message: ToWorker): void {
  // If the channel closes meanwhile, the exit handler fails every pending call.
  child.send(message, () => undefined);
}

function toHostLog({
  level,
  message,
  category,
  functionName,
  invocationId,
}: FromWorker & { readonly kind: 'log' }): HostLog {
  if (functionName === undefined || invocationId === undefined) {
    return { level, category: category === 'console' ? 'Worker.Console' : 'Worker', message };
  }
  const suffix = category === 'user' ? '.User' : '';
  return { level, category: `Function.${functionName}${suffix}`, message, functionName, invocationId };
}

function readLines(stream: Readable | null, read: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', read);
}
