import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { stringifyJson } from '../../shared/values/json/json';
import { withSlashes, type ConnectorFolder } from '../cli/connector-folders';
import type { Scope } from './finding';

const KEPT_MS = 7 * 86_400_000;

/**
 * The cache folder of one clone and its outside connector folders. Its path lies in the checked tree, so that cached file names
 * are relative to that tree; `node_modules` links to the clone's, so the cache survives a staging copy. Deletes caches that
 * were unused for a week. Their age is measured by the disk's clock: a changed system clock must not delete the cache of a
 * running check.
 */
export function openCache(tree: string, root: string, known: readonly ConnectorFolder[]): string {
  const key = hashOf([root, ...new Set(known.map(({ path }) => dirname(path)))]);
  const cache = join(tree, 'node_modules', '.cache', 'tributary', key);
  mkdirSync(cache, { recursive: true });
  rmdirSync(mkdtempSync(join(cache, 'used-')));
  const nowMs = statSync(cache).mtimeMs;
  for (const name of readdirSync(dirname(cache))) {
    const other = join(dirname(cache), name);
    const usedMs = statSync(other, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
    if (nowMs - usedMs > KEPT_MS) rmSync(other, { recursive: true, force: true });
  }
  return cache;
}

/**
 * Writes a TypeScript project with only these folders and their imports, so that types and lint of a connector cost the same
 * however many connectors the clone has.
 * @returns the path of its configuration, relative to the tree
 */
export function narrowProject({ cache, folders, root }: Scope): string {
  const include = folders.map(({ name }) => join(root, 'connectors', name));
  const file = join(cache, `project-${hashOf(folders.map(({ name }) => name))}.json`);
  const compilerOptions = { typeRoots: [join(root, 'node_modules', '@types')] };
  writeFileSync(file, stringifyJson({ extends: join(root, 'tsconfig.json'), include, compilerOptions }));
  return withSlashes(relative(root, file));
}

/**
 * The path of ESLint's cache. ESLint keys findings by the text of the linted file, but typed rules depend on other files too.
 * The name therefore contains a hash of everything that a connector may import; caches with other names are deleted.
 */
export function lintCache({ cache, folders, root }: Scope): string {
  const sources = ['shared', ...folders.map(({ name }) => `connectors/${name}`)].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .flatMap((file) => [`${folder}/${file}`, readFileSync(join(root, folder, file), 'utf8')]),
  );
  const own = `lint-${hashOf(sources)}`;
  for (const name of readdirSync(cache))
    if (name.startsWith('lint-') && name !== own) rmSync(join(cache, name), { force: true });
  return join(cache, own);
}

function hashOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}\n${part}`);
  return hash.digest('hex').slice(0, 16);
}
