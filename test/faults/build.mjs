/** Builds the rig and the apps that it proves: this tree's, and one of a version before it out of the history. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { OWN, common } from '../../tools/build/build.mjs';
import { connectorList } from '../../tools/build/connector-list.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/**
 * Below the packages, so that what is built finds them; where they really lie, because what is built finds the folders of
 * connectors from there.
 */
const CACHE = join(realpathSync(join(root, 'node_modules')), '.cache', 'tributary-proof');
/** A version whose state this one goes on with, and that goes on with this one's. */
const BEFORE = 'c3d928a';

/**
 * @param {string[]} outside folders that hold more connectors
 * @param {string} out a folder of its own, so that two rigs may run at once
 * @returns {Promise<object>} where everything is; see `Built` in main.ts
 */
export async function buildRig(outside, out = join(CACHE, `rig-${process.pid}`)) {
  const connectors = [OWN, ...outside];
  const shared = join(root, 'shared', 'index.ts');
  const list = connectorList({ build, common, connectors, shared, broken: [], laptopOut: out });
  await build({
    ...common,
    entryPoints: {
      main: join(root, 'test', 'faults', 'main.ts'),
      child: join(root, 'test', 'faults', 'child.ts'),
      storage: join(root, 'local', 'storage', 'main.ts'),
    },
    outdir: out,
    packages: 'external',
    plugins: [list],
  });
  const now = join(out, 'app.js');
  await buildTree(root, connectors, now);
  const before = await buildBefore();
  return {
    main: join(out, 'main.js'),
    child: join(out, 'child.js'),
    storage: join(out, 'storage.js'),
    apps: { now, ...(before.file === undefined ? {} : { before: before.file }) },
    ...(before.why === undefined ? {} : { noBefore: before.why }),
    remove: () => rmSync(out, { recursive: true, force: true }),
  };
}

/** Builds what a function app is made of, as it is built for Azure, with nothing but the door that the rig enters by. */
async function buildTree(tree, connectors, outfile) {
  // A version before this one has no faces of their own, and its builder elsewhere.
  const isBefore = !existsSync(join(tree, 'shared', 'admin.ts'));
  const builder = isBefore ? ['build'] : ['tools', 'build'];
  const { connectorList: listOf } = await import(
    pathToFileURL(join(tree, ...builder, 'connector-list.mjs')).href
  );
  const admin = isBefore ? '' : "export { openAdmin } from './shared/admin';";
  const shared = join(tree, 'shared', 'index.ts');
  await build({
    ...common,
    stdin: {
      contents: `export { createApp } from './shared/app'; export { folders } from './connectors/list'; ${admin}`,
      loader: 'ts',
      resolveDir: tree,
    },
    outfile,
    minify: true,
    keepNames: true,
    plugins: [listOf({ build, common, connectors, shared, broken: [] })],
  });
}

/** The app of the version before, with the packages of this one; built once. Or why there is none. */
async function buildBefore() {
  const file = join(CACHE, `${BEFORE}.js`);
  if (existsSync(file)) return { file };
  const archive = spawnSync('git', ['archive', '--format=tar', BEFORE], { cwd: root, maxBuffer: 2 ** 28 });
  if (archive.status !== 0) return { why: `the history of this clone does not reach back to ${BEFORE}` };
  // Its packages are found above it.
  const tree = join(CACHE, `tree-${process.pid}`);
  mkdirSync(tree, { recursive: true });
  try {
    const { status, stderr } = spawnSync('tar', ['-x'], { cwd: tree, input: archive.stdout });
    if (status !== 0) return { why: `unpacking ${BEFORE}: ${stderr}` };
    const built = join(tree, 'app.js');
    await buildTree(tree, [join(tree, 'connectors')], built);
    renameSync(built, file);
    return { file };
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}
