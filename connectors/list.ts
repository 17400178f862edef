import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** A folder with a connector; its code is loaded when asked for. */
export interface Folder {
  readonly name: string;
  /** Where it lies. Absent in the bundle of a function app, which has no folders to look at. */
  readonly path?: string;
  load(): unknown;
  /** What the folder adds to its simulated vendor, where it adds anything; never part of the app's bundle. */
  simulator?(): unknown;
}

/**
 * Every folder here, then those below the folders in `CONNECTORS_DIR`. Whatever is built has a list of lazy
 * `require` calls in place of this file, made from the same folders (`tools/build/connector-list.mjs`).
 */
export function folders(): Folder[] {
  const outside = (process.env['CONNECTORS_DIR'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [__dirname, ...outside.map((folder) => resolve(folder))].flatMap(foldersIn);
}

/** Every folder below one; those whose names begin with `_` or `.` are no connectors. */
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
