import type { Command } from 'commander';
import { warn } from './output';
import {
  type UnhandledErrorFields,
  catchUnhandledErrors,
  unhandledError,
} from '../../shared/process/unhandled-errors';

/* Ends the process of a command with the right exit code, also after unhandled errors of connectors. */

/** The connectors whose code left an unhandled error that was reported; `undefined` for code of an unknown connector. */
const failedConnectors = new Set<string | undefined>();

/**
 * Reports unhandled errors in the code of connectors, which a command loads and may run. As in the app, such an error fails the
 * run whose code raised it. Without such a run, or after its end, the error is printed here, once. The command continues.
 */
export function reportStrayErrors(): void {
  catchUnhandledErrors({
    error(fields, sentence) {
      const { error, ...owner } = fields as UnhandledErrorFields & { readonly error: string };
      if ('isRunFailed' in owner && owner.isRunFailed) return;
      // Applies if the command ends without {@link finish}.
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

/** True for a connector whose stray errors make this command fail. */
let isConcerned: (connector: string) => boolean = () => false;

/**
 * From now on, unhandled errors of the connector that the command names make it fail. `start` and `check` without a name
 * are about every connector.
 */
export function countStrayErrorsOf(command: Command): void {
  const [target] = command.args;
  const isAboutAll = target === undefined && ['start', 'check'].includes(command.name());
  isConcerned = (connector) => isAboutAll || target?.split(/[/@]/)[0] === connector;
}

/** Ends the process with the exit code of the work, or with 2 and the message of its error. */
export function finish(work: Promise<number>): void {
  work.then(
    // An unhandled rejection is reported only after this turn.
    (code) =>
      setImmediate(() => process.stdout.write('', () => process.exit(exitCodeAfterStrayErrors(code)))),
    (error: unknown) => {
      warn((error as Error).message);
      process.exit(2);
    },
  );
}

/**
 * Call it in a turn after the work's end, when unhandled rejections have been reported.
 * @returns 1 instead of 0 after an unhandled error of a connector that the command is about, or of unknown code
 */
function exitCodeAfterStrayErrors(code: number): number {
  const isFailed = [...failedConnectors].some(
    (connector) => connector === undefined || isConcerned(connector),
  );
  return code === 0 && isFailed ? 1 : code;
}

/** Ends the process in order, as SIGTERM does, when the reader of its output is gone: `head`, for instance, closes the pipe. */
export function stopWithoutReader(): void {
  let isStopping = false;
  const stop = (error: NodeJS.ErrnoException): void => {
    // A thrown error would have to be printed to the closed stream.
    if (error.code !== 'EPIPE') process.exit(1);
    if (!isStopping) process.kill(process.pid, 'SIGTERM');
    isStopping = true;
  };
  process.stdout.on('error', stop);
  process.stderr.on('error', stop);
}

/** Resolves at the first signal to end; the second one ends the process at once. */
export function untilSignalled(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done());
  });
}
