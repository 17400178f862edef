/** An esbuild plugin that lists the connectors and restricts what they may import. */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** Node's modules that a connector may import: they only compute and have no access to files, network or processes. */
export const pureModules = JSON.parse(readFileSync(new URL('pure-modules.json', import.meta.url), 'utf8'));

/** The path of the generated module that requires all connectors. */
const LISTED = '<connectors>';

/**
 * Replaces `connectors/list.ts` by a list of lazy `require` calls, one for each connector folder. For a folder that does not
 * build, the call throws the build's error.
 * @param {object} plan
 * @param {Function} plan.build esbuild's `build`
 * @param {object} plan.common the options that all builds share
 * @param {string[]} plan.connectors the folders that hold connectors; the tree's own first
 * @param {string} plan.shared the one copy of `shared` that all connectors import
 * @param {string[]} plan.broken receives a sentence for each folder that does not build
 * @param {string} [plan.laptopOut] the output folder of the laptop's programs; their list also has each folder's path and
 *   simulator
 */
export function connectorList(plan) {
  const connectors = plan.connectors.flatMap(connectorsIn);
  return {
    name: 'connector-list',
    setup(build) {
      onlyShared(build, connectors, plan.shared);
      build.onLoad({ filter: /[\\/]connectors[\\/]list\.ts$/ }, async ({ path }) => {
        const problems = await buildProblems(plan, connectors);
        for (const [folder, problem] of problems) plan.broken.push(`${folder}: ${problem}`);
        const entries = connectors.map((one) => listEntry(plan, one, problems.get(one.path)));
        const contents = `import { join } from 'node:path'; export const folders = () => [${entries.join(',')}];`;
        return { contents, loader: 'js', resolveDir: dirname(path), ...watched(plan, connectors) };
      });
    },
  };
}

/** What a watching build observes in addition to its inputs: the folders that hold connectors, and folders that do not build. */
function watched(plan, connectors) {
  const paths = connectors.map(({ path }) => path);
  const files = paths.flatMap((path) => readdirSync(path).map((name) => join(path, name)));
  return {
    watchDirs: [...plan.connectors, ...paths],
    watchFiles: files.filter((file) => /\.(ts|json)$/.test(file)),
  };
}

/** The connector folders below a folder, without templates, hidden folders and packages. */
function connectorsIn(folder) {
  return readdirSync(folder)
    .filter((name) => isFolder(join(folder, name)) && !/^[_.]|^node_modules$/.test(name))
    .map((name) => ({ name, path: join(folder, name), realPath: realpathSync(join(folder, name)) }));
}

/** Follows links. */
function isFolder(path) {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The source text of a connector's entry in the list. */
function listEntry({ laptopOut }, { name, path }, problem) {
  const members = [`name: ${JSON.stringify(name)}`];
  if (problem === undefined) members.push(`load: () => require(${JSON.stringify(join(path, 'index'))})`);
  else members.push(`load: () => { throw new Error(${JSON.stringify(problem)}); }`);
  if (laptopOut !== undefined) {
    members.push(`path: join(__dirname, ${JSON.stringify(relative(laptopOut, path))})`);
    if (problem === undefined)
      for (const simulator of simulatorIn(path))
        members.push(`simulator: () => require(${JSON.stringify(simulator)})`);
  }
  return `{ ${members.join(', ')} }`;
}

/** The path of the folder's simulator, if it has one. */
function simulatorIn(path) {
  return [join(path, 'simulator.ts')].filter((file) => existsSync(file));
}

/**
 * The build errors by folder. First builds all folders together. If that fails, builds again without the folders that failed,
 * because esbuild stops at an unreadable file before it checks the others' imports.
 */
async function buildProblems(plan, connectors) {
  const problems = new Map();
  for (;;) {
    const left = connectors.filter(({ path }) => !problems.has(path));
    const before = problems.size;
    for (const [path, problem] of await buildTogether(plan, left))
      if (!problems.has(path)) problems.set(path, problem);
    if (problems.size === before) return problems;
  }
}

/** Builds folders without writing, to collect their errors. @returns pairs of a folder's path and its error */
async function buildTogether({ build, common, laptopOut, shared }, connectors) {
  const files = connectors.flatMap(({ path }) =>
    [join(path, 'index'), ...(laptopOut === undefined ? [] : simulatorIn(path))].map((file) => ({
      file,
      path,
    })),
  );
  const stdin = {
    contents: files.map(({ file }) => `require(${JSON.stringify(file)});`).join('\n'),
    resolveDir: dirname(shared),
    sourcefile: LISTED,
  };
  const setup = (one) => onlyShared(one, connectors, shared);
  const options = { ...common, stdin, write: false, packages: 'external' };
  try {
    await build({ ...options, plugins: [{ name: 'folders-together', setup }] });
    return [];
  } catch ({ errors = [] }) {
    return errors.flatMap(({ location, text }) => {
      if (location?.file.endsWith(LISTED)) return [[files[location.line - 1].path, text]];
      const at = resolve(location?.file ?? '');
      const own = connectors.find(({ realPath }) => at.startsWith(realPath + sep));
      return own === undefined ? [] : [[own.path, `${text} (${location.file}:${location.line})`]];
    });
  }
}

/**
 * Resolves `tributary/shared` and `../../shared` of every connector, wherever it lies, to the tree's own `shared`: one copy in
 * a bundle, so that `instanceof` holds. A connector may also import its own files and Node's pure modules, and nothing else.
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
      `It imports ${path}. A connector may import only tributary/shared, its own files and ` +
      `${pureModules.join(', ')}.`;
    return { errors: [{ text }] };
  });
}
