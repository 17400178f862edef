import type { Log } from '../../shared/contract/run';

/** One line that was logged. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly sentence: string;
}

/** A log that prints nothing and records every line. */
export function silentLog(): Log & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const write =
    (level: LogLine['level']) =>
    (fields: object, sentence: string): void => {
      lines.push({ level, fields, sentence });
    };
  return { lines, info: write('info'), warn: write('warn'), error: write('error') };
}
