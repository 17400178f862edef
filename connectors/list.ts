import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** A folder with a connector. Its code is loaded on demand. */
export interface Folder {
  readonly name: string;
  /** The folder's path. Absent in the bundle of a function app. */
  readonly path?: string;
  load(): unknown;
  /** Loads the rules of the folder's simulator.ts, if there is one. Never part of the app's bundle. */
  simulator?(): unknown;
}

/**
 * Every folder here, then those below the folders in `CONNECTORS_DIR`. A build replaces this file by a list of lazy `require`
 * calls for the same folders (`tools/build/connector-list.mjs`).
 */
export function folders(): Folder[] {
  const outside = (process.env['CONNECTORS_DIR'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [__dirname, ...outside.map((folder) => resolve(folder))].flatMap(foldersIn);
}

/** The connector folders below a folder. Names that begin with `_` or `.` are skipped. */
export function foldersIn(parent: string): Folder[] {
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^[_.]|^node_modules$/.test(entry.name))
    .map(({ name }) => {
      const path = join(parent, name);
      return {
        name,
        path,
        load: () => require(path) as unknown,
        ...(existsSync(join(path, 'simulator.ts'))
          ? { simulator: () => require(join(path, 'simulator')) as unknown }
          : {}),
      };
    });
}
