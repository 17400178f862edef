/** The rig: see `node test/faults/run.mjs --help`. It builds what it proves. */
import { createRequire } from 'node:module';
import { keptByNpm } from '../../tools/build/kept-by-npm.mjs';
import { outsideFolders } from '../../tools/build/outside.mjs';
import { buildRig } from './build.mjs';

const words = process.argv.slice(2);
const kept = keptByNpm(process.env, words);
if (kept !== undefined) {
  console.error(kept);
  process.exit(2);
}
const built = await buildRig(outsideFolders(words, process.env));
try {
  process.exitCode = await createRequire(import.meta.url)(built.main).main(words, built);
} finally {
  built.remove();
}
