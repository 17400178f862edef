import type { Log } from '../contract/run';
import { stringifyJson } from '../kit/json';

/** Where lines go; an invocation's context and the console both fit. */
export interface LogLines {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

/** What stands where a secret stood. */
const MASK = '***';

/**
 * Writes each line as one JSON object: the sentence as `msg`, then the fields. Secrets are masked wherever
 * they stand, also in part of a field.
 */
export function createLog(lines: LogLines, secrets: readonly string[] = []): Log {
  const write =
    (level: keyof LogLines) =>
    (fields: object, sentence: string): void => {
      lines[level](maskSecrets(stringifyJson({ msg: sentence, ...fields }), secrets));
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

/** A text without the secrets in it, plain or as they stand in an address or in JSON. Short ones would mask everything. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  let masked = text;
  // The longest first: what a shorter one leaves of it would be told.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret.length < 4) continue;
    for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])) {
      masked = masked.replaceAll(form, MASK);
    }
  }
  return masked;
}
