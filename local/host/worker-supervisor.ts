import { setTimeout as delay } from 'node:timers/promises';
import { FunctionTimeoutError, WorkerGoneError, messageOf } from './errors';
import type { LogLevel } from './host-log';
import type { Invocation, InvocationResponse, LoadedApp } from './worker/rpc';
import {
  type WorkerExit,
  type WorkerOptions,
  type WorkerProcess,
  startWorkerProcess,
} from './worker/worker-process';

export interface SupervisorOptions extends WorkerOptions {
  /** A longer invocation kills the worker, as in Azure. Undefined: unlimited. */
  readonly functionTimeoutMs: number | undefined;
  /** Awaited before the worker is restarted. */
  readonly onExit: (exit: WorkerExit) => void | Promise<void>;
  /** Aborting it ends the first start and prevents restarts. */
  readonly signal?: AbortSignal;
}

/** A worker that is always running or starting. */
export interface Supervisor {
  readonly app: LoadedApp;
  /** Undefined while it is restarting. */
  readonly pid: number | undefined;
  /** Resolves when the worker accepts calls, when the signal aborts, or when the supervisor stops. */
  whenUp(signal: AbortSignal): Promise<void>;
  /** @throws FunctionError, FunctionTimeoutError, or WorkerGoneError */
  invoke(call: Invocation): Promise<InvocationResponse>;
  /** Sends SIGTERM to the worker; resolves when it has exited. */
  stop(): Promise<void>;
}

interface State {
  readonly options: SupervisorOptions;
  readonly stopping: AbortController;
  /** Undefined while the worker is restarting. */
  current: WorkerProcess | undefined;
  app: LoadedApp;
  /** Resolved while the worker is up. */
  up: Promise<void>;
}

/** After this lifetime, a crash is not part of a crash loop: the next worker starts at once. */
const STABLE_MS = 10_000;
const MIN_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 10_000;
/** A time longer than a Node timer can wait counts as unlimited. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Starts the worker and restarts it whenever it dies: at once the first time, then with a growing delay if it dies again soon.
 * @throws LoadError when the app cannot be loaded the first time
 */
export async function superviseWorker(options: SupervisorOptions): Promise<Supervisor> {
  const stopping = new AbortController();
  const first = await startWorkerProcess(options, options.signal ?? stopping.signal);
  const state: State = { options, stopping, current: first, app: first.app, up: Promise.resolve() };
  const watching = watch(state, first);
  return {
    get app() {
      return state.app;
    },
    get pid() {
      return state.current?.pid;
    },
    whenUp: async (signal) => {
      if (state.current === undefined)
        await Promise.race([state.up, aborted(signal), aborted(stopping.signal)]);
    },
    invoke: (call) => invoke(state, call),
    stop: async () => {
      stopping.abort();
      await state.current?.terminate();
      await watching;
    },
  };
}

async function watch(state: State, first: WorkerProcess): Promise<void> {
  let worker: WorkerProcess | undefined = first;
  let failures = 0;
  while (worker !== undefined) {
    const startedAt = performance.now();
    const exit: WorkerExit = await worker.exited;
    state.current = undefined;
    if (state.stopping.signal.aborted || state.options.signal?.aborted === true) return;
    failures = performance.now() - startedAt > STABLE_MS ? 0 : failures;
    let raise: () => void = () => undefined;
    state.up = new Promise((resolve) => void (raise = resolve));
    say(state, 'error', `The worker ended with ${exit.signal ?? `code ${exit.code}`}. Restarting it.`);
    await cleanUp(state, exit);
    worker = await restart(state, failures);
    failures += 1;
    raise();
  }
}

async function cleanUp(state: State, exit: WorkerExit): Promise<void> {
  try {
    // Stopping must not await this, because this may have called it.
    await Promise.race([state.options.onExit(exit), aborted(state.stopping.signal)]);
  } catch (error) {
    say(state, 'error', `Cleaning up after the worker: ${messageOf(error)}`);
  }
}

/** Undefined when the supervisor is stopping. */
async function restart(state: State, failures: number): Promise<WorkerProcess | undefined> {
  const { signal } = state.stopping;
  for (let attempt = failures; ; attempt += 1) {
    const pauseMs = attempt === 0 ? 0 : Math.min(MIN_BACKOFF_MS * 2 ** (attempt - 1), MAX_BACKOFF_MS);
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
    try {
      const worker = await startWorkerProcess(state.options, signal);
      accept(state, worker);
      return worker;
    } catch (error) {
      say(state, 'error', `The worker did not start: ${messageOf(error)}`);
    }
  }
}

function accept(state: State, worker: WorkerProcess): void {
  state.current = worker;
  if (JSON.stringify(worker.app.functions) !== JSON.stringify(state.app.functions)) {
    say(state, 'warning', 'The app now registers other functions. Restart the host to run them.');
  }
  state.app = worker.app;
  // Stopped while it loaded, so it must be ended here.
  if (state.stopping.signal.aborted) worker.kill();
  else say(state, 'information', `The worker has restarted as process ${worker.pid}.`);
}

async function invoke(state: State, call: Invocation): Promise<InvocationResponse> {
  const worker = state.current;
  const limitMs = state.options.functionTimeoutMs;
  if (worker === undefined) {
    throw new WorkerGoneError(`running ${call.functionName}: the worker is restarting. Retry in a moment.`);
  }
  if (limitMs === undefined || limitMs > MAX_TIMER_MS) return worker.invoke(call);
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    worker.kill();
  }, limitMs);
  try {
    return await worker.invoke(call);
  } catch (error) {
    throw isOver ? timeoutError(call, limitMs, error) : error;
  } finally {
    clearTimeout(timer);
  }
}

function timeoutError({ functionName }: Invocation, limitMs: number, cause: unknown): FunctionTimeoutError {
  const what = `running ${functionName}: it took longer than host.json's functionTimeout of ${limitMs / 1000} s`;
  return new FunctionTimeoutError(
    `${what}, so its worker was killed. Do less in one call, or raise functionTimeout.`,
    {
      cause,
    },
  );
}

function say(state: State, level: LogLevel, message: string): void {
  state.options.onLog({ level, category: 'Host.Worker', message });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
