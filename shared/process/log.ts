import type { Log } from '../contract/run';
import { stringifyJson } from '../values/json/json';
import { secretsOf, type Secrets } from '../values/secrets/secrets';

/** The output of a log. An invocation's context and the console both fit. */
export interface LogLines {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

/**
 * Writes each line as one JSON object: the sentence as `msg`, then the fields. Secrets are masked everywhere, also within a
 * field.
 */
export function createLog(lines: LogLines, secrets: Pick<Secrets, 'mask'> = secretsOf([])): Log {
  const write =
    (level: keyof LogLines) =>
    (fields: object, sentence: string): void => {
      lines[level](secrets.mask(stringifyJson({ msg: sentence, ...fields })));
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
