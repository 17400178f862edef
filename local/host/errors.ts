import type { RemoteError } from './worker/rpc';

/** The function threw. Name, message and stack are those of its own error, in the worker. */
export class FunctionError extends Error {
  constructor({ name, message, stack }: RemoteError) {
    super(message);
    this.name = name;
    this.stack = stack;
  }
}

/** The app's entry threw while it loaded, or a function is declared wrongly: its author must correct it. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

/** The worker died while the function ran, or is restarting: a retry helps. */
export class WorkerGoneError extends Error {
  override readonly name = 'WorkerGoneError';
}

/** The function ran longer than host.json's `functionTimeout`; its worker was killed. */
export class FunctionTimeoutError extends Error {
  override readonly name = 'FunctionTimeoutError';
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The stack of anything thrown, for a log line. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
