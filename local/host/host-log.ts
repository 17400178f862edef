/** The levels of the Functions host; `none` is never written. */
export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

/**
 * One line of the host, of the worker or of a function. The category is the real host's:
 * `Function.<name>.User` for what a function logs through its context, `Function.<name>` for what is
 * said about it, `Worker.Console` for `console.*` and raw output, `Host.*` for the host itself.
 */
export interface HostLog {
  readonly level: LogLevel;
  readonly category: string;
  readonly message: string;
  readonly functionName?: string;
  readonly invocationId?: string;
}

/** Takes one line; must not throw. */
export type Log = (line: HostLog) => void;
