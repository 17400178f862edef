/** Builds the fault tests and the apps under test: this version, and a previous one from the history. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { OWN, common } from '../../tools/build/build.mjs';
import { connectorList } from '../../tools/build/connector-list.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/**
 * Below node_modules, so that built files find packages. The real path, because built files find the folders of
 * connectors relative to it.
 */
const CACHE = join(realpathSync(join(root, 'node_modules')), '.cache', 'tributary-faults');
/** A previous version: each version must continue with the state of the other. */
const BEFORE = 'c3d928a';

/**
 * @param {string[]} outside folders with more connectors
 * @param {string} out a folder for each process, so that two may run at once
 * @returns {Promise<object>} `Built` in main.ts
 */
export async function buildHarness(outside, out = join(CACHE, `${process.pid}`)) {
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
    apps: {
      now,
      ...(before.file === undefined ? {} : { before: before.file, inBefore: connectorsBefore() }),
    },
    ...(before.why === undefined ? {} : { noBefore: before.why }),
    remove: () => rmSync(out, { recursive: true, force: true }),
  };
}

/** Builds an app as for Azure, with an entry for the fault tests. */
async function buildTree(tree, connectors, outfile) {
  // The previous version has no admin.ts, and its build scripts in another folder.
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

/** The connector folders of the previous version. */
function connectorsBefore() {
  const { stdout } = spawnSync('git', ['ls-tree', '-d', '--name-only', `${BEFORE}:connectors`], {
    cwd: root,
    encoding: 'utf8',
  });
  return stdout.trim().split('\n');
}

/** The app of the previous version, with the packages of this one. Built once. @returns its file, or why there is none */
async function buildBefore() {
  const file = join(CACHE, `${BEFORE}.js`);
  if (existsSync(file)) return { file };
  const archive = spawnSync('git', ['archive', '--format=tar', BEFORE], { cwd: root, maxBuffer: 2 ** 28 });
  if (archive.status !== 0) return { why: `the history of this clone does not reach back to ${BEFORE}` };
  // Below node_modules, so that it finds packages.
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
