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
 * Where checks keep what they compiled: a folder for one clone and the folders that hold its connectors. It lies in the tree by its
 * path, and on the disk beside the clone's packages, so that what is kept names files from the tree on and is there
 * when the same is laid again. What nobody used for a week goes, by the disk's own clock: a clock that was set while a
 * check runs must not take another check's folder away.
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
 * A project that holds the folders alone, with what they import: a connector's types and lint cost the same whatever
 * else the clone holds.
 * @returns its configuration's path, from the tree on
 */
export function narrowProject({ cache, folders, root }: Scope): string {
  const include = folders.map(({ name }) => join(root, 'connectors', name));
  const file = join(cache, `project-${hashOf(folders.map(({ name }) => name))}.json`);
  const compilerOptions = { typeRoots: [join(root, 'node_modules', '@types')] };
  writeFileSync(file, stringifyJson({ extends: join(root, 'tsconfig.json'), include, compilerOptions }));
  return withSlashes(relative(root, file));
}

/**
 * ESLint's own cache. It keeps findings by a file's own text, and types come from other files too: those that a
 * connector may import stand in the name, and what was kept for others goes.
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
