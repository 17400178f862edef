/** The levels of the Functions host; `none` is never written. */
export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

/**
 * One log line. The category is the one of Azure's host: `Function.<name>.User` for a line that a function writes through its
 * context, `Function.<name>` for a line about a function, `Worker.Console` for `console.*` and raw output, `Host.*` for the
 * host itself.
 */
export interface HostLog {
  readonly level: LogLevel;
  readonly category: string;
  readonly message: string;
  readonly functionName?: string;
  readonly invocationId?: string;
}

/** Writes one line. Must not throw. */
export type Log = (line: HostLog) => void;
