/** Records the sources of a build, so that a later command can warn that they have changed. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';

const FILE = 'built-from.json';
/** The files that decide how sources are built. */
const BUILDERS = ['tools/build', 'tsconfig.json'];

/**
 * Records each source of a build with its hash, size and modification time.
 * @param {string} root the clone
 * @param {string} outdir the folder of the build
 * @param {{ inputs: object }[]} metafiles from esbuild, with paths relative to the working directory
 * @param {string[]} parents the folders that hold connectors; absolute
 */
export function writeBuiltFrom(root, outdir, metafiles, parents) {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs)).map((path) => resolve(path));
  const sources = inputs.filter((path) => isSource(path, parents));
  const all = [...new Set([...sources, ...builders(root)])].filter((path) => existsSync(path)).sort();
  const files = Object.fromEntries(
    all.map((path) => [nameOf(root, path), { hash: hashOf(path), ...stampOf(path) }]),
  );
  const folders = Object.fromEntries(parents.map((path) => [nameOf(root, path), connectorsIn(path)]));
  writeFileSync(join(outdir, FILE), JSON.stringify({ folders, files }));
}

/** Files of packages are not recorded, unless the package holds connectors. */
function isSource(path, parents) {
  return (
    !path.includes(`${sep}node_modules${sep}`) || parents.some((parent) => path.startsWith(parent + sep))
  );
}

function builders(root) {
  return BUILDERS.map((name) => join(root, name)).flatMap((path) =>
    isFolder(path) ? readdirSync(path).map((name) => join(path, name)) : [path],
  );
}

/**
 * The sources that changed since the build. Ignores a top-level folder that is missing, as in a tree that was published without
 * its tools, and a folder outside the tree that no longer exists.
 * @returns {string[]} changed files, and connector folders that were added or removed: relative to the clone, or absolute
 * outside it; empty if the build has no record
 */
export function changedSince(root, outdir) {
  const { files, folders } = readBuiltFrom(outdir);
  const isJudged = (name) => {
    const parent = Object.keys(folders).find((one) => isAbsolute(one) && name.startsWith(one));
    return existsSync(parent ?? resolve(root, isAbsolute(name) ? name : name.split('/')[0]));
  };
  const changed = Object.entries(files)
    .filter(([name, built]) => isJudged(name) && !isSame(resolve(root, name), built))
    .map(([name]) => name);
  const moved = Object.entries(folders)
    .filter(([name]) => isJudged(name))
    .flatMap(([name, built]) => {
      const now = connectorsIn(resolve(root, name));
      return differing(built, now).map((connector) => `${name}/${connector}`);
    });
  return [...changed, ...moved];
}

/** @returns {string[]} the folders outside the tree whose connectors a build holds and that still exist; absolute */
export function outsideOf(outdir) {
  return Object.keys(readBuiltFrom(outdir).folders).filter((name) => isAbsolute(name) && existsSync(name));
}

function readBuiltFrom(outdir) {
  const file = join(outdir, FILE);
  const { files = {}, folders = {} } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return { files, folders };
}

/** True for the same size and modification time, or the same hash. A moved file keeps its own time, so an older time may be a change. */
function isSame(path, { hash, mtimeMs, size }) {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const now = stampOf(path);
  return (now.mtimeMs === mtimeMs && now.size === size) || hashOf(path) === hash;
}

function differing(built, now) {
  const came = now.filter((name) => !built.includes(name));
  return [...came, ...built.filter((name) => !now.includes(name))];
}

function connectorsIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !/^[_.]|^node_modules$/.test(name) && isFolder(join(folder, name)))
    .sort();
}

/** Follows links. */
function isFolder(path) {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function stampOf(path) {
  const { mtimeMs, size } = statSync(path);
  return { mtimeMs, size };
}

function hashOf(path) {
  return createHash('sha256').update(readFileSync(path)).digest('base64url').slice(0, 16);
}

/** Relative to the clone, with slashes; absolute outside it. */
function nameOf(root, path) {
  return path.startsWith(root + sep) ? relative(root, path).split(sep).join('/') : path;
}
