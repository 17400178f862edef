import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { unknownNameHint } from '../../shared/values/did-you-mean';

/** A connector's folder, inside the clone or outside. */
export interface ConnectorFolder {
  readonly name: string;
  readonly path: string;
  /** The path in messages, with slashes: relative to the clone, or absolute when outside. */
  readonly shown: string;
  /** Its command-line arguments: the name, and `--connectors` when outside the clone. */
  readonly argv: string;
}

/**
 * Finds every connector folder on disk. The built command line may know fewer.
 * @param root the clone, whose `connectors` come first
 * @param outside absolute paths of the folders that hold more
 * @throws Error if two have one name
 */
export function connectorFolders(root: string, outside: readonly string[]): readonly ConnectorFolder[] {
  const own = join(root, 'connectors');
  const folders = [own, ...outside].flatMap((parent) =>
    namesIn(parent).map((name): ConnectorFolder => {
      const path = join(parent, name);
      const shown = withSlashes(parent === own ? relative(root, path) : path);
      return { name, path, shown, argv: argvFor(root, path) };
    }),
  );
  folders.forEach(({ name, shown }, index) => {
    const first = folders.findIndex((folder) => folder.name === name);
    if (first < index)
      throw new Error(
        `Reading connectors: ${shown} has the same name as ${folders[first]?.shown ?? ''}. Rename one of them.`,
      );
  });
  return folders;
}

/** The folder of a connector. @throws Error listing the known names */
export function findFolder(folders: readonly ConnectorFolder[], name: string): ConnectorFolder {
  const found = folders.find((folder) => folder.name === name);
  if (found !== undefined) return found;
  const parents = [...new Set(folders.map(({ path }) => dirname(path)))].join(', ');
  const known = folders.map((folder) => folder.name);
  throw new Error(`There is no connector ${name} in ${parents}.${unknownNameHint(name, known)}`);
}

/** The command-line arguments that name a connector's folder. */
export function argvFor(root: string, path: string): string {
  const [name, parent] = [basename(path), dirname(path)];
  return parent === join(root, 'connectors') ? name : `${name} --connectors ${quoted(parent)}`;
}

/** Quotes an argument for a shell, if needed. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : `"${word.replace(/(["$`])/g, '\\$1')}"`;
}

/** A path with slashes on every system, for findings and messages. */
export function withSlashes(path: string): string {
  return path.split(sep).join('/');
}

function namesIn(parent: string): string[] {
  return readdirSync(parent)
    .filter((name) => !/^[_.]|^node_modules$/.test(name) && isFolder(join(parent, name)))
    .sort();
}

/** Follows links. */
function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
