/** What esbuild is told about connectors: which there are, and what they may import. */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** Node's own modules that compute and reach nothing outside: what a connector may import beside `shared`. */
export const pureModules = JSON.parse(readFileSync(new URL('pure-modules.json', import.meta.url), 'utf8'));

/**
 * Replaces `connectors/list.ts` by a list of lazy `require` calls, one for each folder below the given ones. A
 * folder that does not build becomes an entry that says so when it is loaded.
 * @param {object} plan
 * @param {Function} plan.build esbuild's own
 * @param {object} plan.common the options that all builds share
 * @param {string[]} plan.connectors the folders that hold connectors; the tree's own first
 * @param {string} plan.shared the one copy of `shared` that all connectors import
 * @param {string[]} plan.broken gets a sentence for each folder that does not build
 * @param {string} [plan.laptopOut] where the laptop's programs go: they also learn where each folder is, and its simulator
 */
export function connectorList(plan) {
  const connectors = plan.connectors.flatMap(connectorsIn);
  return {
    name: 'connector-list',
    setup(build) {
      onlyShared(build, connectors, plan.shared);
      build.onLoad({ filter: /[\\/]connectors[\\/]list\.ts$/ }, async ({ path }) => {
        const entries = await Promise.all(connectors.map((connector) => listEntry(plan, connector)));
        const contents = `import { join } from 'node:path'; export const folders = () => [${entries.join(',')}];`;
        return { contents, loader: 'js', resolveDir: dirname(path), ...watched(plan, connectors) };
      });
    },
  };
}

/** What a build that watches looks at beside what it bundles: folders that come and go, and those that do not build. */
function watched(plan, connectors) {
  const paths = connectors.map(({ path }) => path);
  const files = paths.flatMap((path) => readdirSync(path).map((name) => join(path, name)));
  return {
    watchDirs: [...plan.connectors, ...paths],
    watchFiles: files.filter((file) => /\.(ts|json)$/.test(file)),
  };
}

/** The connectors below a folder. Templates, hidden folders and packages are none. */
function connectorsIn(folder) {
  return readdirSync(folder)
    .filter((name) => isFolder(join(folder, name)) && !/^[_.]|^node_modules$/.test(name))
    .map((name) => ({ name, path: join(folder, name), realPath: realpathSync(join(folder, name)) }));
}

/** Also for a link to one. */
function isFolder(path) {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function listEntry(plan, { name, path }) {
  const problem = await buildProblem(plan, path);
  const members = [`name: ${JSON.stringify(name)}`];
  if (problem === undefined) members.push(`load: () => require(${JSON.stringify(join(path, 'index'))})`);
  else members.push(`load: () => { throw new Error(${JSON.stringify(problem)}); }`);
  if (problem !== undefined) plan.broken.push(`${path}: ${problem}`);
  if (plan.laptopOut !== undefined) {
    members.push(`path: join(__dirname, ${JSON.stringify(relative(plan.laptopOut, path))})`);
    if (problem === undefined)
      for (const simulator of simulatorIn(path))
        members.push(`simulator: () => require(${JSON.stringify(simulator)})`);
  }
  return `{ ${members.join(', ')} }`;
}

/** What a folder adds to its simulated vendor: one file or none. */
function simulatorIn(path) {
  return [join(path, 'simulator.ts')].filter((file) => existsSync(file));
}

/** Why a folder does not build; `undefined` when it does. */
async function buildProblem({ build, common, laptopOut, shared }, path) {
  const name = 'one-folder';
  const own = [{ path, realPath: realpathSync(path) }];
  try {
    await build({
      ...common,
      entryPoints:
        laptopOut === undefined ? [join(path, 'index')] : [join(path, 'index'), ...simulatorIn(path)],
      write: false,
      outdir: path,
      packages: 'external',
      plugins: [{ name, setup: (one) => onlyShared(one, own, shared) }],
    });
    return undefined;
  } catch (error) {
    const [first] = error.errors ?? [];
    if (first === undefined) return String(error);
    const at = first.location?.file === undefined ? '' : ` (${first.location.file}:${first.location.line})`;
    return `${first.text}${at}`;
  }
}

/**
 * A connector's `tributary/shared`, and its `../../shared` wherever it lies, is the tree's own `shared`: one copy in
 * a bundle, so that `instanceof` holds. Beside that a connector imports its own files and Node's pure modules.
 */
function onlyShared(build, connectors, shared) {
  build.onResolve({ filter: /./ }, ({ importer, path, resolveDir }) => {
    if (path === 'tributary/shared') return { path: shared };
    const own = connectors.find(({ realPath }) => importer.startsWith(realPath + sep));
    if (own === undefined) return undefined;
    const target = /^\.{1,2}(\/|$)/.test(path) ? resolve(resolveDir, path) : undefined;
    if (target?.startsWith(own.realPath + sep)) return undefined;
    if (target === resolve(own.realPath, '..', '..', 'shared')) return { path: shared };
    if (pureModules.includes(path)) return { path, external: true };
    const text =
      `It imports ${path}. A connector imports tributary/shared, its own files and ` +
      `${pureModules.join(', ')}; nothing else.`;
    return { errors: [{ text }] };
  });
}
