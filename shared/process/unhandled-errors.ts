import { AsyncLocalStorage } from 'node:async_hooks';
import { ContractError, thrownText } from '../contract/errors';
import type { Log } from '../contract/run';

/** The owner of an unhandled failure in a connector's code: one run of one source. */
export interface CodeOwner {
  /** For messages: `acme/alerts`, or `acme` for what its files do as they are loaded. */
  readonly who: string;
  /** Whose files are being loaded: nothing of it is a run's. */
  readonly isLoading?: boolean;
  /** Takes such a failure. @returns true where the run has failed by it, or by one before */
  readonly fail: (text: string, error: unknown) => boolean;
  /** Aborts with the first of them: what the code would still do is not waited for. Absent: nothing can be ended. */
  readonly failed?: AbortSignal;
}

/** For whom code runs, and whether it is a connector's code or ours. */
interface Caller {
  readonly owner: CodeOwner;
  readonly isConnectors: boolean;
}

const callers = new AsyncLocalStorage<Caller | undefined>();

/** Calls our own code for an owner: the connector's code that it calls is that owner's. */
export function onBehalfOf<T>(owner: CodeOwner, call: () => T): T {
  return callers.run({ owner, isConnectors: false }, call);
}

/** Calls a connector's code; whatever it starts, and does not wait for, is its owner's. */
export function asCodeOf<T>(owner: CodeOwner, call: () => T): T {
  return callers.run({ owner, isConnectors: true }, call);
}

/** For whom code runs now, ours or a connector's; `undefined` outside any run. */
export function currentOwner(): CodeOwner | undefined {
  return callers.getStore()?.owner;
}

/** Whose code runs now; `undefined` for our own. */
export function codeOwner(): CodeOwner | undefined {
  const caller = callers.getStore();
  return caller?.isConnectors === true ? caller.owner : undefined;
}

/**
 * Loads a connector's files: what they start as they are loaded, and what that leaves behind ever after, is no run's and
 * is told with the connector's name.
 */
export function asLoadOf<T>(connector: string, load: () => T): T {
  return asCodeOf({ who: connector, isLoading: true, fail: () => false }, load);
}

const unhandled = new WeakSet<Error>();

/**
 * The error for a failure that a connector's code left behind.
 * @param doing what ran: `pulling acme/alerts` @param text what failed
 */
export function unhandledError(doing: string, text: string, options: ErrorOptions = {}): ContractError {
  const error = new ContractError(
    `${doing}: ${text}, in a promise or a callback of the connector that nothing waits for. Await it, or handle its failure.`,
    options,
  );
  unhandled.add(error);
  return error;
}

/** True for what {@link unhandledError} made. */
export function isUnhandledError(error: unknown): error is ContractError {
  return error instanceof ContractError && unhandled.has(error);
}

/** Calls our own code without an owner: what it starts outlives the call, such as a shared connection. */
export function asOurCode<T>(call: () => T): T {
  return callers.run(undefined, call);
}

/** Tells of a failure that a connector's code left behind: it fails the owner's run, unless that is over. */
export function reportUnhandled(log: Pick<Log, 'error'>, owner: CodeOwner | undefined, error: unknown): void {
  const text = thrownText(error);
  const isRunFailed = owner?.fail(text, error) === true;
  const stack = stackOf(error);
  log.error(
    { ...(owner === undefined ? {} : fieldsOf(owner, isRunFailed)), error: text, stack },
    'a promise or a callback failed that nothing waits for',
  );
}

/**
 * Keeps the process alive through a rejected promise and an exception that nobody handles, and logs each with its
 * stack. For the entry of a process that runs the code of many connectors side by side: one of them must not end the others.
 *
 * Azure's Node worker listens to `uncaughtException` itself and ends the process, so that a further listener would
 * come too late: the capture callback takes the place of all listeners. Both handlers run in the context in which the
 * promise was made or the callback was scheduled, so that its owner is known; only that of `queueMicrotask` is not.
 */
export function catchUnhandledErrors(log: Pick<Log, 'error'>): void {
  const take = (error: unknown): void => {
    reportUnhandled(log, codeOwner(), error);
  };
  process.on('unhandledRejection', take);
  // One that is there already, of a debugger or a monitor, decides by itself.
  if (!process.hasUncaughtExceptionCaptureCallback()) process.setUncaughtExceptionCaptureCallback(take);
}

function fieldsOf({ isLoading = false, who }: CodeOwner, isRunFailed: boolean): UnhandledErrorFields {
  return isLoading ? { connector: who } : { source: who, isRunFailed };
}

/** What is logged of the owner of a failure. */
export type UnhandledErrorFields =
  { readonly connector: string } | { readonly source: string; readonly isRunFailed: boolean };

/** Reading an error may run code of the one that threw it. */
function stackOf(error: unknown): string | undefined {
  try {
    return error instanceof Error ? String(error.stack) : undefined;
  } catch {
    return undefined;
  }
}
