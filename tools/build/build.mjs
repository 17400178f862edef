/**
 * Builds `dist/`: the bundle that a function app runs (`app.js`), and the programs of the laptop. Both need the development
 * dependencies. `--if-possible`: do nothing if those are not installed.
 *
 * `--watch`: build again whenever a source changes, until Ctrl-C.
 *
 * `npm install` and `npm run build` also run this file after a clone was published to Azure with a remote build. There it is
 * alone beside the built bundle. It therefore imports no other file of the clone before it knows that it can build.
 */
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** The connectors of the tree itself. */
export const OWN = join(root, 'connectors');
export const shared = join(root, 'shared', 'index.ts');

/** Options of every build. Each output is one file, so that `instanceof` holds within it. */
export const common = {
  bundle: true,
  metafile: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  logLevel: 'silent',
  // `@azure/storage-common` reads it while it loads, and crashes if it is undefined.
  banner: { js: 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { 'import.meta.url': '__bundleUrl' },
};

/**
 * Builds the app: one file with all its dependencies except `@azure/functions-core`, which the Functions worker supplies.
 * Writes their licences to `<outfile>.LEGAL.txt`.
 * A connector folder that does not build is reported, and the app reports it again when it loads.
 * @param {{ connectors?: string[], outfile?: string }} [options] the folders that hold connectors, and the path of the bundle
 * @returns {Promise<{ broken: string[], metafile: object }>} the folders that do not build, and esbuild's list of inputs
 */
export async function buildApp({ connectors = [OWN], outfile = join(root, 'dist', 'app.js') } = {}) {
  const { build } = await import('esbuild');
  const broken = [];
  const { metafile } = await build(await appPlan({ connectors, outfile, broken }));
  const { noticesOf } = await import('./notices.mjs');
  await writeFile(`${outfile}.LEGAL.txt`, noticesOf(metafile));
  return { broken, metafile };
}

/** esbuild's options for the app. */
async function appPlan({ connectors, outfile, broken }) {
  const { build } = await import('esbuild');
  const { connectorList } = await import('./connector-list.mjs');
  return {
    ...common,
    entryPoints: [join(root, 'functions', 'main.ts')],
    outfile,
    external: ['@azure/functions-core'],
    minify: true,
    keepNames: true,
    // `<outfile>.LEGAL.txt` has the whole licences.
    legalComments: 'none',
    plugins: [connectorList({ build, common, connectors, shared, broken })],
  };
}

/**
 * Builds the programs of the laptop. Their packages are not bundled: they run where the development dependencies are installed.
 * @returns esbuild's list of inputs
 */
async function buildLocal({ connectors, outdir }) {
  const { build } = await import('esbuild');
  const { connectorList } = await import('./connector-list.mjs');
  const entryPoints = Object.entries({
    cli: 'tools/cli/main.ts',
    worker: 'local/host/worker/worker.ts',
    storage: 'local/storage/main.ts',
    workspace: 'local/workspace/main.ts',
    query: 'local/workspace/query/main.ts',
    vendor: 'local/vendor/main.ts',
  }).map(([out, file]) => ({ out, in: join(root, file) }));
  const { metafile } = await build({
    ...common,
    entryPoints,
    outdir,
    packages: 'external',
    plugins: [connectorList({ build, common, connectors, shared, broken: [], laptopOut: outdir })],
  });
  return metafile;
}

/** Builds `shared/` of an output folder: the code and types of `tributary/shared`, for a connector in a repository of its own. */
async function buildShared(outdir) {
  const { build } = await import('esbuild');
  const { buildSharedTypes } = await import('./shared-types.mjs');
  await build({ ...common, entryPoints: [shared], outdir });
  await buildSharedTypes(root, outdir, join(root, 'dist', 'shared'));
}

/**
 * Builds everything in a temporary folder, and replaces `dist/` when it is complete. If the build fails or is interrupted,
 * `dist/` stays as it was.
 * @param {string[]} [connectors] the folders that hold connectors
 */
export async function buildAll(connectors = [OWN]) {
  sweepBeside();
  const outdir = join(root, `dist-${process.pid}`);
  try {
    const [broken] = await Promise.all([
      buildPrograms(connectors, outdir),
      buildShared(join(outdir, 'shared')),
    ]);
    await rm(join(root, 'dist'), { recursive: true, force: true });
    await rename(outdir, join(root, 'dist'));
    tellBroken(broken);
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

/**
 * Builds the app and the programs of the laptop, and records their sources for `changedSince`.
 * @param {string[]} connectors the folders that hold connectors
 * @param {string} outdir
 * @returns {Promise<string[]>} the folders that do not build
 */
export async function buildPrograms(connectors, outdir) {
  const [{ broken, metafile }, local] = await Promise.all([
    buildApp({ connectors, outfile: join(outdir, 'app.js') }),
    buildLocal({ connectors, outdir }),
  ]);
  const { writeBuiltFrom } = await import('./built-from.mjs');
  writeBuiltFrom(root, outdir, [metafile, local], connectors);
  return broken;
}

function tellBroken(broken) {
  for (const problem of broken) console.error(`Left out of the bundle: ${problem}`);
}

/**
 * Builds the programs again beside `dist/`, with connectors from outside the tree. The files are deleted when this process
 * ends.
 * @param {string[]} outside the folders that hold them
 * @param {{ hasApp: boolean }} options whether to build the function app too, which only `start` runs
 * @returns {Promise<string>} the command line's file
 */
export async function buildBeside(outside, { hasApp }) {
  sweepBeside();
  const outdir = join(root, `dist-${process.pid}`);
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
  const connectors = [OWN, ...outside];
  await Promise.all([
    ...(hasApp ? [buildApp({ connectors, outfile: join(outdir, 'app.js') })] : []),
    buildLocal({ connectors, outdir }),
  ]);
  return join(outdir, 'cli.js');
}

/**
 * Builds everything, then the app again whenever one of its sources changes: `func start` then restarts it. The other programs
 * build changed sources when they start.
 * @param {string[]} connectors the folders that hold connectors
 */
async function watchApp(connectors) {
  const { context, stop } = await import('esbuild');
  // If this process ended in the middle of a build, esbuild's own process would wait for an answer and never end.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => {
      stop();
      process.exit(0);
    });
  await buildAll(connectors);
  const broken = [];
  const plan = await appPlan({ connectors, outfile: join(root, 'dist', 'app.js'), broken });
  const teller = {
    name: 'teller',
    setup(build) {
      build.onStart(() => console.log('Building …'));
      // Written here, because esbuild removes the old bundle if the new build fails.
      build.onEnd(({ errors, outputFiles = [] }) => {
        for (const { contents, path } of errors.length > 0 ? [] : outputFiles) putInPlace(path, contents);
        for (const { location, text } of errors)
          console.error(`${location?.file}:${location?.line}: ${text}`);
        tellBroken(broken.splice(0));
        console.log(errors.length > 0 ? 'Not built; watching.' : 'Built; watching.');
      });
    },
  };
  await (await context({ ...plan, write: false, plugins: [...plan.plugins, teller] })).watch();
}

function putInPlace(path, contents) {
  writeFileSync(`${path}.new`, contents);
  renameSync(`${path}.new`, path);
}

/** Removes the temporary folders of builds that were killed. */
function sweepBeside() {
  for (const name of readdirSync(root)) {
    const [, pid] = /^dist-(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function main() {
  if (!existsSync(join(root, 'functions'))) {
    console.log('Not built: the sources are not here. dist/app.js stays as it was published.');
    return;
  }
  const { scriptArgs } = await import('./script-args.mjs');
  const args = scriptArgs('build');
  if (args['if-possible'] === true && !canBuild()) {
    console.log('Not built: the development dependencies are not installed.');
    return;
  }
  checkCanBuild('building dist/');
  const { outsideFolders } = await import('./outside-folders.mjs');
  const connectors = [OWN, ...outsideFolders(process.argv, process.env)];
  await (args.watch === true ? watchApp(connectors) : buildAll(connectors));
}

/** @throws Error when the development dependencies are missing; `doing` begins its message */
export function checkCanBuild(doing) {
  if (!canBuild())
    throw new Error(`${doing}: the development dependencies are not installed. Run "npm ci" first.`);
}

function canBuild() {
  try {
    createRequire(import.meta.url).resolve('esbuild');
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
