/** Folders with connectors outside the tree, from `--connectors <folder>` or `CONNECTORS_DIR`. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/**
 * @returns {string[]} the folders of a command line and an environment, without duplicates; absolute @throws Error for a path
 * that is no folder
 */
export function outsideFolders(args, env) {
  const listed = (env.CONNECTORS_DIR ?? '')
    .split(delimiter)
    .map((folder) => [folder.trim(), 'CONNECTORS_DIR']);
  const named = args.flatMap((word, index) => {
    if (word.startsWith('--connectors=')) return [[word.slice('--connectors='.length), '--connectors']];
    return word === '--connectors' ? [[args[index + 1] ?? '', '--connectors']] : [];
  });
  const given = [...listed, ...named].filter(([folder]) => folder !== '');
  return [...new Set(given.map(([folder, origin]) => checked(resolve(folder), origin)))];
}

function checked(folder, origin) {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new Error(
      `Reading ${origin}: there is no folder ${folder}. Name a folder that contains connector folders.`,
    );
  }
  if (existsSync(join(folder, 'index.ts'))) {
    throw new Error(`Reading ${origin}: ${folder} is a connector itself. Name the folder that contains it.`);
  }
  // The tools name files by their real paths.
  return realpathSync(folder);
}
