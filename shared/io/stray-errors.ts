import { AsyncLocalStorage } from 'node:async_hooks';
import type { Log } from '../contract/run';

/** Code that may leave a failure behind that nobody waits for: a connector's, in one run. */
export interface CodeOwner {
  /** For messages: `acme/alerts`. */
  readonly who: string;
  /** Takes such a failure. @returns false where it comes too late to change anything */
  readonly fail: (text: string, error: unknown) => boolean;
}

const owners = new AsyncLocalStorage<CodeOwner | undefined>();

/** Calls code; whatever it starts, and does not wait for, is its owner's. */
export function asCodeOf<T>(owner: CodeOwner, call: () => T): T {
  return owners.run(owner, call);
}

/** Whose code runs now; `undefined` for our own. */
export function codeOwner(): CodeOwner | undefined {
  return owners.getStore();
}

/** Calls our own code from an owner's: what that starts outlives the call, such as a connection that others use next. */
export function asOurCode<T>(call: () => T): T {
  return owners.run(undefined, call);
}

/**
 * Keeps the process alive through a rejected promise and an exception that nobody handles, and logs each with its
 * stack. For the entry of a process that runs the code of many connectors side by side: one of them must not end the others.
 *
 * Azure's Node worker listens to `uncaughtException` itself and ends the process, so that a further listener would
 * come too late: the capture callback takes the place of all listeners. Both handlers run in the context in which the
 * promise was made or the callback was scheduled, so that its owner is known; only that of `queueMicrotask` is not.
 */
export function catchStrayErrors(log: Pick<Log, 'error'>): void {
  const take = (error: unknown): void => {
    const owner = codeOwner();
    const text = textOf(error);
    const isRunFailed = owner?.fail(text, error) === true;
    const stack = error instanceof Error ? error.stack : undefined;
    log.error(
      { ...(owner === undefined ? {} : { source: owner.who, isRunFailed }), error: text, stack },
      'a promise or a callback failed that nothing waits for',
    );
  };
  process.on('unhandledRejection', take);
  // One that is there already, of a debugger or a monitor, decides by itself.
  if (!process.hasUncaughtExceptionCaptureCallback()) process.setUncaughtExceptionCaptureCallback(take);
}

/** Anything can be thrown; what says nothing of itself is told by its type. */
function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return typeof error;
  }
}
