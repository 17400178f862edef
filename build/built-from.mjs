/** Which sources a build was made from, so that whoever runs it later is told when they have changed. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

const FILE = 'built-from.json';

/**
 * Writes down what a build was made from.
 * @param {string} root the clone
 * @param {string} outdir where the build lies
 * @param {{ inputs: object }[]} metafiles esbuild's own, made in this working directory
 */
export function writeBuiltFrom(root, outdir, metafiles) {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs)).map((path) => resolve(path));
  const own = [...new Set(inputs)].filter((path) => isOwn(root, path)).sort();
  const files = Object.fromEntries(own.map((path) => [withSlashes(relative(root, path)), hashOf(path)]));
  writeFileSync(join(outdir, FILE), JSON.stringify({ connectors: connectorsIn(root), files }));
}

function isOwn(root, path) {
  return path.startsWith(root + sep) && !path.includes(`${sep}node_modules${sep}`) && existsSync(path);
}

/**
 * The sources that are not what the build was made from. A tree that lacks a whole room, such as one that was published
 * without its tools, is not judged by that room.
 * @returns {string[]} files, and folders of connectors that came or went; empty where nobody wrote what it was made from
 */
export function changedSince(root, outdir) {
  const file = join(outdir, FILE);
  if (!existsSync(file)) return [];
  const { connectors, files } = JSON.parse(readFileSync(file, 'utf8'));
  const builtMs = statSync(file).mtimeMs;
  const changed = Object.entries(files)
    .filter(([path]) => existsSync(join(root, path.split('/')[0])))
    .filter(([path, hash]) => {
      const written = statSync(join(root, path), { throwIfNoEntry: false });
      return written === undefined || (written.mtimeMs > builtMs && hashOf(join(root, path)) !== hash);
    })
    .map(([path]) => path);
  const now = connectorsIn(root);
  const came = now.filter((name) => !connectors.includes(name));
  const went = connectors.filter((name) => !now.includes(name));
  return [...changed, ...[...came, ...went].map((name) => `connectors/${name}`)];
}

function connectorsIn(root) {
  const folder = join(root, 'connectors');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^[_.]|^node_modules$/.test(entry.name))
    .map(({ name }) => name)
    .sort();
}

function hashOf(path) {
  return createHash('sha256').update(readFileSync(path)).digest('base64url').slice(0, 16);
}

function withSlashes(path) {
  return path.split(sep).join('/');
}
