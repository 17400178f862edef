import { warn } from './output';
import { type UnhandledErrorFields, catchUnhandledErrors, unhandledError } from '../../shared/admin';

/** The connectors whose code left an unhandled error that was reported; `undefined` for code of an unknown connector. */
const failedConnectors = new Set<string | undefined>();

/**
 * For a process of the command line, which loads the files of connectors and may run them. A promise or a callback of
 * theirs that fails while nothing waits for it fails the source whose code it is, as in the app; where there is no such
 * run, or it is over, it is said here, once. The command goes on in any case.
 */
export function reportStrayErrors(): void {
  catchUnhandledErrors({
    error(fields, sentence) {
      const { error, ...owner } = fields as UnhandledErrorFields & { readonly error: string };
      if ('isRunFailed' in owner && owner.isRunFailed) return;
      // For a command that never comes to its end for it.
      process.exitCode = 1;
      const who = whoOf(owner);
      failedConnectors.add(who?.split(/[/@]/)[0]);
      if (who === undefined) return warn(`error: ${sentence}: ${error}`);
      const doing = 'source' in owner ? 'running' : 'loading';
      warn(`error: ${String(unhandledError(`${doing} ${who}`, error))}`);
    },
  });
}

function whoOf(owner: Partial<UnhandledErrorFields>): string | undefined {
  if ('source' in owner) return owner.source;
  return 'connector' in owner ? owner.connector : undefined;
}

/**
 * Call it in a turn after the work's end: what was left behind by then has failed.
 * @returns the exit code: 1 in the place of 0 after a failure of a connector that the command is about, or of nobody knows whom
 */
export function exitCodeAfterStrayErrors(code: number, isAbout: (connector: string) => boolean): number {
  const isConcerned = [...failedConnectors].some(
    (connector) => connector === undefined || isAbout(connector),
  );
  return code === 0 && isConcerned ? 1 : code;
}
