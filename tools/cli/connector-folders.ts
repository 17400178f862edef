import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { insteadOf } from '../../shared/values/nearest';

/** A folder with a connector: of the tree, or from outside it. */
export interface ConnectorFolder {
  readonly name: string;
  readonly path: string;
  /** As messages name it, with slashes: from the clone on for the tree's own, the whole path for others. */
  readonly shown: string;
  /** As the command line is told of it: its name, and what holds it when that is outside the tree. */
  readonly argv: string;
}

/**
 * Every connector's folder, as the disk has it now: the built command line may be older.
 * @param root the clone, whose `connectors` come first
 * @param outside absolute paths of the folders that hold more
 * @throws Error when two have one name
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
        `Reading connectors: ${shown} has the name of ${folders[first]?.shown ?? ''}. Rename one of them.`,
      );
  });
  return folders;
}

/** The folder of a connector. @throws Error that names those that are there */
export function findFolder(folders: readonly ConnectorFolder[], name: string): ConnectorFolder {
  const found = folders.find((folder) => folder.name === name);
  if (found !== undefined) return found;
  const parents = [...new Set(folders.map(({ path }) => dirname(path)))].join(', ');
  const known = folders.map((folder) => folder.name);
  throw new Error(`There is no connector ${name} in ${parents}.${insteadOf(name, known)}`);
}

/** How the command line is told of a connector's folder. */
export function argvFor(root: string, path: string): string {
  const [name, parent] = [basename(path), dirname(path)];
  return parent === join(root, 'connectors') ? name : `${name} --connectors ${quoted(parent)}`;
}

/** A word as a shell takes it for one. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : `"${word.replace(/(["$`])/g, '\\$1')}"`;
}

/** A path as findings and messages write it, on every system. */
export function withSlashes(path: string): string {
  return path.split(sep).join('/');
}

function namesIn(parent: string): string[] {
  return readdirSync(parent)
    .filter((name) => !/^[_.]|^node_modules$/.test(name) && isFolder(join(parent, name)))
    .sort();
}

/** Also for a link to one. */
function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
