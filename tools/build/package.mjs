/**
 * Makes the deployment package: `<out>/app/`, a function app without dependencies to install, and `<out>/app.zip`, the same
 * files packed. The same sources give the same bytes.
 *
 *     npm run package [-- --out <folder>] [--connectors <folder>]
 */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OWN, buildApp, checkCanBuild, common, shared } from './build.mjs';
import { connectorList } from './connector-list.mjs';
import { outsideFolders } from './outside-folders.mjs';
import { scriptArgs } from './script-args.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const FILES = ['dist/app.js', 'dist/app.js.LEGAL.txt', 'host.json', 'package-lock.json', 'package.json'];

/**
 * @param {{ connectors?: string[], out: string }} options the folders that hold connectors, and where the package goes
 * @returns {Promise<{ folder: string, zip: string, bytes: number, zipBytes: number }>}
 * @throws Error when a connector does not build or load, or when `<out>/app` is not a package; nothing is written then
 */
export async function packageApp({ connectors = [OWN], out }) {
  const folder = join(out, 'app');
  const zip = join(out, 'app.zip');
  const foreign = await foreignIn(folder);
  if (foreign !== undefined) {
    throw new Error(`packing into ${folder}: ${foreign}. Choose another folder with --out.`);
  }
  const files = await filesOf(connectors);
  await rm(folder, { recursive: true, force: true });
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  const packed = await pack(files);
  await writeFile(zip, packed);
  return {
    folder,
    zip,
    bytes: files.reduce((sum, [, { length }]) => sum + length, 0),
    zipBytes: packed.length,
  };
}

/** Why a folder must not be replaced; `undefined` if it is an earlier package or does not exist. */
async function foreignIn(folder) {
  const names = await readdir(folder, { recursive: true }).catch(({ code }) =>
    code === 'ENOENT' ? [] : [code],
  );
  const other = names.find(
    (name) => !FILES.some((file) => file === slashed(name) || file.startsWith(`${slashed(name)}/`)),
  );
  if (other === 'ENOTDIR') return 'it is a file';
  return other === undefined ? undefined : `it contains ${other}, which is not part of a package`;
}

function slashed(path) {
  return path.split(sep).join('/');
}

/**
 * Loads every connector as the app does.
 * @throws Error naming those that do not load
 */
async function refuseBroken(connectors, folder) {
  const outfile = join(folder, 'connectors.js');
  const stdin = {
    contents: `import { folders } from './connectors/list'; import { loadConnectors } from './shared/load'; export const { broken } = loadConnectors(folders());`,
    resolveDir: root,
  };
  const unbuilt = [];
  const { build } = await import('esbuild');
  const plugins = [connectorList({ build, common, connectors, shared, broken: unbuilt })];
  await build({ ...common, stdin, outfile, plugins });
  const { broken } = createRequire(import.meta.url)(outfile);
  const unloaded = broken.map(({ folder: name, problem }) => `${name}: ${problem}`);
  // A folder that does not build does not load either. Report it once.
  const problems = unbuilt.length > 0 ? unbuilt : unloaded;
  if (problems.length === 0) return;
  throw new Error(`packing the app: ${problems.join('; ')}. Fix it or remove its folder.`);
}

/** The files of the package: name and bytes. */
async function filesOf(connectors) {
  const { name, version, main, engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const built = await mkdtemp(join(tmpdir(), 'tributary-package-'));
  try {
    const outfile = join(built, 'app.js');
    await refuseBroken(connectors, built);
    await buildApp({ connectors, outfile });
    const contents = [
      await readFile(outfile),
      await readFile(`${outfile}.LEGAL.txt`),
      await readFile(join(root, 'host.json')),
      // Without a lock file, `npm ci` fails, which a remote build may run.
      jsonFile(lockOf({ name, version, engines })),
      jsonFile({ name, version, main, engines }),
    ];
    return FILES.map((file, index) => [file, contents[index]]);
  } finally {
    await rm(built, { recursive: true, force: true });
  }
}

/** A lock file without dependencies. @see https://docs.npmjs.com/cli/configuring-npm/package-lock-json */
function lockOf(manifest) {
  const { name, version } = manifest;
  return { name, version, lockfileVersion: 3, requires: true, packages: { '': manifest } };
}

function jsonFile(value) {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Packs files with a fixed time and fixed permissions. A zip stores local times, so this time is the same in every time zone. */
async function pack(files) {
  const { zipSync } = await import('fflate');
  // `os: 3` is Unix; the mode is a regular file, writable by its owner and readable by everyone.
  const options = { level: 9, mtime: new Date(1980, 0, 1), os: 3, attrs: 0o100644 << 16 };
  return zipSync(Object.fromEntries(files.map(([name, bytes]) => [name, [bytes, options]])));
}

async function main() {
  checkCanBuild('packing the app');
  const { out = 'package' } = scriptArgs('package');
  const connectors = [OWN, ...outsideFolders(process.argv, process.env)];
  const { folder, zip, bytes, zipBytes } = await packageApp({ connectors, out: resolve(out) });
  const [app, packed] = [folder, zip].map((path) => relative(process.cwd(), path));
  console.log(`${app} (${megabytes(bytes)}) and ${packed} (${megabytes(zipBytes)}). To deploy it:`);
  console.log(`  az functionapp deployment source config-zip -g <group> -n <app> --src ${packed}`);
  console.log(`  or, with Core Tools: cd ${app} && func azure functionapp publish <app>`);
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
