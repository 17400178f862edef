import { catchStrayErrors } from '../shared/app';
import { warn } from './say';

/**
 * For a command that runs the code of connectors in this process. A promise or a callback of theirs that fails while
 * nothing waits for it fails the source whose code it is, as in the app; where that cannot be known, or comes too late, it
 * is said here.
 * @returns the exit code, which is not 0 after such a failure
 */
export async function withStrayErrors(work: () => Promise<number>): Promise<number> {
  let isAnySaid = false;
  catchStrayErrors({
    error(fields, sentence) {
      const { error, isRunFailed, source } = fields as Readonly<Record<string, unknown>>;
      if (isRunFailed === true) return;
      isAnySaid = true;
      const who = typeof source === 'string' ? `${source}: ` : '';
      warn(`error: ${who}${sentence}: ${String(error)}`);
    },
  });
  const code = await work();
  return code === 0 && isAnySaid ? 1 : code;
}
