import { folders } from '../../connectors/list';
import {
  catchUnhandledErrors,
  unhandledError,
  type UnhandledErrorFields,
} from '../../shared/process/unhandled-errors';
import { runChild } from './vendor-process';

// The vendors of all connectors are played here: what one's code leaves behind must not end the others'.
catchUnhandledErrors({
  error(fields, sentence) {
    const { error, ...owner } = fields as Partial<UnhandledErrorFields> & { readonly error: string };
    // The parent loads the same files, and says it.
    if ('connector' in owner) return;
    const said =
      'source' in owner
        ? String(unhandledError(`playing the vendor of ${owner.source}`, error))
        : `${sentence}: ${error}`;
    process.stderr.write(`error: The simulated vendors: ${said}\n`);
  },
});
// A parent that is gone reads nothing, and is followed.
process.stderr.on('error', () => undefined);

runChild(process, folders);
