import { folders } from '../../connectors/list';
import {
  catchUnhandledErrors,
  unhandledError,
  type UnhandledErrorFields,
} from '../../shared/process/unhandled-errors';
import { runChild } from './vendor-process';

// One process simulates the vendors of all connectors: an unhandled error of one must not end the others.
catchUnhandledErrors({
  error(fields, sentence) {
    const { error, ...owner } = fields as Partial<UnhandledErrorFields> & { readonly error: string };
    // The parent loads the same files and reports it.
    if ('connector' in owner) return;
    const said =
      'source' in owner
        ? String(unhandledError(`playing the vendor of ${owner.source}`, error))
        : `${sentence}: ${error}`;
    process.stderr.write(`error: The simulated vendors: ${said}\n`);
  },
});
// Writing fails after the parent has ended. This process then ends, too.
process.stderr.on('error', () => undefined);

runChild(process, folders);
