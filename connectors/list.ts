import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A folder below `connectors/`; its code is loaded when asked for. */
export interface Folder {
  readonly name: string;
  load(): unknown;
  /** What the folder adds to its simulated vendor, where it adds anything; never part of the app's bundle. */
  simulator?(): unknown;
}

/**
 * Every folder here. In a bundle this file is replaced by a list of lazy `require` calls, made from the same
 * folders when it is built (`build.mjs`), because a bundle has no folders to look at.
 */
export function folders(): Folder[] {
  return readdirSync(__dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map(({ name }) => ({
      name,
      load: () => require(join(__dirname, name)) as unknown,
      ...(existsSync(join(__dirname, name, 'simulator.ts'))
        ? { simulator: () => require(join(__dirname, name, 'simulator')) as unknown }
        : {}),
    }));
}
