import { format } from 'node:util';
import type { LogLevel } from './host-log';

const LEVELS = {
  trace: 'trace',
  debug: 'debug',
  log: 'information',
  info: 'information',
  warn: 'warning',
  error: 'error',
} as const satisfies Record<string, LogLevel>;

/**
 * Sends `console.*` output of the app to `write`, with its level, in order with the other messages. As in Azure, such a line
 * belongs to no invocation. Output that bypasses the console (a crash's stack, native code) still reaches the host by stdout
 * and stderr.
 */
export function captureConsole(write: (level: LogLevel, message: string) => void): void {
  for (const [method, level] of Object.entries(LEVELS)) {
    Object.assign(console, { [method]: (...args: readonly unknown[]) => write(level, format(...args)) });
  }
}
