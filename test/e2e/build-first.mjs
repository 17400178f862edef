import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAll, buildPrograms } from '../../tools/build/build.mjs';
import startSharedStorage from '../shared-storage.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Below the repository, so that packages are found. */
const CACHE = join(root, 'node_modules', '.cache');
const PREFIX = 'tributary-invented-';

/** Jest's global setup: builds the programs that these tests start from the current sources. */
export default async () => {
  removeLeftTrees();
  // One for each run of Jest: a test may start another run, which shares the cache.
  const tree = join(CACHE, `${PREFIX}${process.pid}`);
  await Promise.all([startSharedStorage(), buildAll(), buildInvented(tree)]);
  process.env.INVENTED_TREE = tree;
};

/** Builds a tree whose connectors are the invented ones: see `test/e2e/invented.ts`. */
async function buildInvented(tree) {
  const connectors = join(tree, 'connectors');
  cpSync(join(root, 'test', 'fixtures', 'connectors'), connectors, { recursive: true });
  for (const name of ['tools', 'host.json', 'package.json', 'connectors/list.ts'])
    cpSync(join(root, name), join(tree, name), { recursive: true });
  const outdir = join(tree, 'dist');
  await buildPrograms([connectors], outdir);
  nameAsInTheTree(join(outdir, 'built-from.json'), tree);
}

/** Removes the trees of killed runs. */
function removeLeftTrees() {
  for (const name of namesIn(CACHE).filter((one) => one.startsWith(PREFIX)))
    if (!isAlive(Number(name.slice(PREFIX.length))))
      rmSync(join(CACHE, name), { recursive: true, force: true });
}

function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A clone has the connectors where a tree has them. */
function nameAsInTheTree(file, tree) {
  const prefix = tree.slice(root.length + 1).replaceAll('\\', '/');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`${prefix}/`, ''));
}
