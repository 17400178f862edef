/** Builds and runs the fault tests; see `node test/faults/run.mjs --help`. */
import { createRequire } from 'node:module';
import { missingSeparatorHint } from '../../tools/build/script-options.mjs';
import { outsideFolders } from '../../tools/build/outside-folders.mjs';
import { buildHarness } from './build.mjs';

const argv = process.argv.slice(2);
const kept = missingSeparatorHint(process.env, argv);
if (kept !== undefined) {
  console.error(kept);
  process.exit(2);
}
const built = await buildHarness(outsideFolders(argv, process.env));
try {
  process.exitCode = await createRequire(import.meta.url)(built.main).main(argv, built);
} finally {
  built.remove();
}
