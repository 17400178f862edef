/**
 * Builds `dist/`: the bundle that a function app runs (`app.js`), and the programs of the laptop, which need
 * the development dependencies. `--if-possible`: do nothing where those are left out.
 */
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));

/** Common to everything that is built: one file each, so that `instanceof` holds within it. */
const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  logLevel: 'silent',
  // `@azure/storage-common` reads it while it loads, and crashes where it is undefined.
  banner: { js: 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { 'import.meta.url': '__bundleUrl' },
};

/**
 * Builds the app: one file with every dependency in it but `@azure/functions-core`, which the worker supplies.
 * A connector folder that does not build is reported, and becomes an entry that says so when the app loads.
 * @param {{ connectors?: string, outfile?: string }} [options] the folder of connectors, and where the bundle goes
 * @returns {Promise<{ broken: string[] }>} the folders that do not build
 */
export async function buildApp(options = {}) {
  const { build } = await import('esbuild');
  const connectors = resolve(options.connectors ?? join(root, 'connectors'));
  const broken = [];
  await build({
    ...common,
    entryPoints: [join(root, 'functions', 'main.ts')],
    outfile: options.outfile ?? join(root, 'dist', 'app.js'),
    external: ['@azure/functions-core'],
    minify: true,
    keepNames: true,
    legalComments: 'external',
    plugins: [connectorList(build, connectors, { simulators: false, broken })],
  });
  return { broken };
}

/** Builds the programs of the laptop. Their packages stay outside: they run where the development dependencies are. */
export async function buildLocal() {
  const { build } = await import('esbuild');
  const entryPoints = Object.entries({
    cli: 'tools/main.ts',
    worker: 'local/host/worker.ts',
    storage: 'local/storage/main.ts',
    workspace: 'local/workspace/main.ts',
    vendor: 'local/vendor/main.ts',
  }).map(([out, file]) => ({ out, in: join(root, file) }));
  await build({
    ...common,
    entryPoints,
    outdir: join(root, 'dist'),
    packages: 'external',
    plugins: [connectorList(build, join(root, 'connectors'), { simulators: true, broken: [] })],
  });
}

/** Replaces `connectors/list.ts` by a list of lazy `require` calls, one for each folder. */
function connectorList(build, folder, { simulators, broken }) {
  return {
    name: 'connector-list',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]connectors[\\/]list\.ts$/ }, async () => {
        const names = readdirSync(folder, { withFileTypes: true })
          .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
          .map((entry) => entry.name);
        const entries = await Promise.all(
          names.map((name) => listEntry(build, folder, name, simulators, broken)),
        );
        return {
          contents: `export const folders = () => [${entries.join(',')}];`,
          loader: 'js',
          resolveDir: folder,
        };
      });
    },
  };
}

async function listEntry(build, folder, name, simulators, broken) {
  const problem = await buildProblem(build, join(folder, name));
  if (problem !== undefined) {
    broken.push(`${name}: ${problem}`);
    return `{ name: ${JSON.stringify(name)}, load: () => { throw new Error(${JSON.stringify(problem)}); } }`;
  }
  const simulator =
    simulators && existsSync(join(folder, name, 'simulator.ts'))
      ? `, simulator: () => require(${JSON.stringify(`./${name}/simulator`)})`
      : '';
  return `{ name: ${JSON.stringify(name)}, load: () => require(${JSON.stringify(`./${name}/index`)})${simulator} }`;
}

/** Why a folder does not build; `undefined` when it does. */
async function buildProblem(build, folder) {
  try {
    await build({
      ...common,
      entryPoints: [join(folder, 'index')],
      write: false,
      outdir: folder,
      packages: 'external',
    });
    return undefined;
  } catch (error) {
    const [first] = error.errors ?? [];
    if (first === undefined) return String(error);
    const at =
      first.location === null || first.location === undefined
        ? ''
        : ` (${first.location.file}:${first.location.line})`;
    return `${first.text}${at}`;
  }
}

/** Builds everything into an empty `dist/`. */
export async function buildAll() {
  await rm(join(root, 'dist'), { recursive: true, force: true });
  const [{ broken }] = await Promise.all([buildApp(), buildLocal()]);
  for (const problem of broken) console.error(`Left out of the bundle: connectors/${problem}`);
}

async function main() {
  if (process.argv.includes('--if-possible') && !isInstalled('esbuild')) {
    console.log('Not built: the development dependencies are not installed.');
    return;
  }
  await buildAll();
}

function isInstalled(name) {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
