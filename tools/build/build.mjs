/**
 * Builds `dist/`: the bundle that a function app runs (`app.js`), and the programs of the laptop, which need
 * the development dependencies. `--if-possible`: do nothing where those are left out.
 *
 * `--watch`: build again whenever a source changes, until Ctrl-C.
 *
 * `npm install` and `npm run build` run this file also where a clone was published to Azure with a remote build. There
 * it stands alone beside the built bundle, so it imports nothing else of the clone before it knows that it can build.
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

/** Common to everything that is built: one file each, so that `instanceof` holds within it. */
export const common = {
  bundle: true,
  metafile: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  logLevel: 'silent',
  // `@azure/storage-common` reads it while it loads, and crashes where it is undefined.
  banner: { js: 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { 'import.meta.url': '__bundleUrl' },
};

/**
 * Builds the app: one file with every dependency in it but `@azure/functions-core`, which the worker supplies; beside it
 * the licences of them all, `<outfile>.LEGAL.txt`.
 * A connector folder that does not build is reported, and becomes an entry that says so when the app loads.
 * @param {{ connectors?: string[], outfile?: string }} [options] the folders that hold connectors, and where the bundle goes
 * @returns {Promise<{ broken: string[], metafile: object }>} the folders that do not build; what it was made from
 */
export async function buildApp({ connectors = [OWN], outfile = join(root, 'dist', 'app.js') } = {}) {
  const { build } = await import('esbuild');
  const broken = [];
  const { metafile } = await build(await appPlan({ connectors, outfile, broken }));
  const { noticesOf } = await import('./notices.mjs');
  await writeFile(`${outfile}.LEGAL.txt`, noticesOf(metafile));
  return { broken, metafile };
}

/** What esbuild is told to build the app. */
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
    // Whole licences stand beside it.
    legalComments: 'none',
    plugins: [connectorList({ build, common, connectors, shared, broken })],
  };
}

/** Builds the programs of the laptop. Their packages stay outside: they run where the development dependencies are. @returns what they were made from */
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

/** Builds `shared/` of an output folder: what `tributary/shared` is to a connector in a repository of its own, code and types. */
async function buildShared(outdir) {
  const { build } = await import('esbuild');
  const { buildSharedTypes } = await import('./shared-types.mjs');
  await build({ ...common, entryPoints: [shared], outdir });
  await buildSharedTypes(root, outdir, join(root, 'dist', 'shared'));
}

/**
 * Builds everything, and puts it in the place of `dist/` once it is whole: a build that fails or is interrupted leaves the
 * one before.
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
 * Builds the app and the programs of the laptop, and writes down what they were made from.
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
 * Builds the programs once more, beside `dist/`, with connectors from outside the tree. They are there for as long as
 * this process lives.
 * @param {string[]} outside the folders that hold them
 * @param {{ hasApp: boolean }} options whether the function app is built too, which only `start` runs
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
 * Builds everything, and the app again whenever one of its sources changes: `func start` runs it anew then. The other
 * programs build what has changed when they are started.
 * @param {string[]} connectors the folders that hold connectors
 */
async function watchApp(connectors) {
  const { context, stop } = await import('esbuild');
  // esbuild's own process waits for answers of ours that it would never get, if we ended in the middle of a build.
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
      // Written here and not by esbuild, which removes the bundle where it cannot build another.
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

/** Removes what a process that was killed has left. */
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
