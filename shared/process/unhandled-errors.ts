import { AsyncLocalStorage } from 'node:async_hooks';
import { ContractError, thrownText } from '../contract/errors';
import type { Log } from '../contract/run';

/** The owner of an unhandled failure in a connector's code: one run of one source. */
export interface CodeOwner {
  /** For messages: `acme/alerts`, or `acme` while its files are loaded. */
  readonly who: string;
  /** True while files are loaded, outside any run. */
  readonly isLoading?: boolean;
  /** Reports an unhandled failure. @returns true when the run fails because of it, or of an earlier one */
  readonly fail: (text: string, error: unknown) => boolean;
  /** Aborts with the first unhandled failure, so that nobody waits for the code any longer. Absent outside a run. */
  readonly failed?: AbortSignal;
}

/** The owner of the running code, and whether the code is a connector's or ours. */
interface Caller {
  readonly owner: CodeOwner;
  readonly isConnectors: boolean;
}

const callers = new AsyncLocalStorage<Caller | undefined>();

/** Calls our code on behalf of an owner, who then owns the connector code that it calls. */
export function onBehalfOf<T>(owner: CodeOwner, call: () => T): T {
  return callers.run({ owner, isConnectors: false }, call);
}

/** Calls a connector's code. Everything that it starts belongs to the owner. */
export function asCodeOf<T>(owner: CodeOwner, call: () => T): T {
  return callers.run({ owner, isConnectors: true }, call);
}

/** The owner of the running code, ours or a connector's. `undefined` outside a run. */
export function currentOwner(): CodeOwner | undefined {
  return callers.getStore()?.owner;
}

/** The owner of the running connector code. `undefined` for our code. */
export function codeOwner(): CodeOwner | undefined {
  const caller = callers.getStore();
  return caller?.isConnectors === true ? caller.owner : undefined;
}

/**
 * Loads a connector's files. Failures of work that they start belong to no run and are logged with the connector's name.
 */
export function asLoadOf<T>(connector: string, load: () => T): T {
  return asCodeOf({ who: connector, isLoading: true, fail: () => false }, load);
}

const unhandled = new WeakSet<Error>();

/**
 * The error for an unhandled failure of a connector's code.
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

/** True for an error of {@link unhandledError}. */
export function isUnhandledError(error: unknown): error is ContractError {
  return error instanceof ContractError && unhandled.has(error);
}

/** Calls our code without an owner, for work that outlives the call, such as a shared connection. */
export function asOurCode<T>(call: () => T): T {
  return callers.run(undefined, call);
}

/** Logs an unhandled failure, and fails the run of its owner unless that is over. */
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
 * Keeps the process alive after unhandled rejections and uncaught exceptions, and logs each with its stack. For processes that
 * run the code of many connectors: one connector must not end the others.
 *
 * Azure's Node worker listens to `uncaughtException` and ends the process, so another listener would come too late. The
 * capture callback replaces all listeners. Both handlers run in the async context in which the promise was created or the
 * callback was scheduled, so that the owner is known, except for `queueMicrotask`.
 */
export function catchUnhandledErrors(log: Pick<Log, 'error'>): void {
  const take = (error: unknown): void => {
    reportUnhandled(log, codeOwner(), error);
  };
  process.on('unhandledRejection', take);
  // An existing callback, of a debugger or a monitor, stays.
  if (!process.hasUncaughtExceptionCaptureCallback()) process.setUncaughtExceptionCaptureCallback(take);
}

function fieldsOf({ isLoading = false, who }: CodeOwner, isRunFailed: boolean): UnhandledErrorFields {
  return isLoading ? { connector: who } : { source: who, isRunFailed };
}

/** The log fields for the owner of a failure. */
export type UnhandledErrorFields =
  { readonly connector: string } | { readonly source: string; readonly isRunFailed: boolean };

/** Never throws, although reading an error may run code of its thrower. */
function stackOf(error: unknown): string | undefined {
  try {
    return error instanceof Error ? String(error.stack) : undefined;
  } catch {
    return undefined;
  }
}
