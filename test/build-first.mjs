import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAll, buildPrograms } from '../tools/build/build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Below the repository, so that packages are found. */
const INVENTED = join(root, 'node_modules', '.cache', 'tributary-invented');

/** Jest's global setup: the tests that start the built programs start what the sources say now. */
export default async () => {
  await Promise.all([buildAll(), buildInvented()]);
};

/** A tree whose connectors are the invented ones, built: see `test/fixtures/invented.ts`. */
async function buildInvented() {
  const tree = `${INVENTED}-${process.pid}`;
  try {
    const connectors = join(tree, 'connectors');
    cpSync(join(root, 'test', 'fixtures', 'connectors'), connectors, { recursive: true });
    for (const name of ['tools', 'host.json', 'package.json', 'connectors/list.ts'])
      cpSync(join(root, name), join(tree, name), { recursive: true });
    const outdir = join(tree, 'dist');
    await buildPrograms([connectors], outdir);
    nameAsInTheTree(join(outdir, 'built-from.json'), tree);
    await rm(INVENTED, { recursive: true, force: true });
    await rename(tree, INVENTED);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

/** A clone has the connectors where a tree has them. */
function nameAsInTheTree(file, tree) {
  const prefix = tree.slice(root.length + 1).replaceAll('\\', '/');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`${prefix}/`, ''));
}
