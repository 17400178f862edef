import type { Connector } from './connector';

/** A folder with a connector that is not loaded yet. */
export interface ConnectorFolder {
  readonly name: string;
  /** Where it lies, where that is known. */
  readonly path?: string;
  /** Returns the folder's default export. May throw; the other folders are loaded all the same. */
  load(): unknown;
}

/** A folder that could not be loaded, and why. */
export interface BrokenFolder {
  readonly folder: string;
  /** Where it lies, where that is known. */
  readonly path?: string;
  readonly problem: string;
}

/** The loaded connectors, and the folders that could not be loaded. */
export interface LoadedConnectors {
  readonly connectors: readonly Connector[];
  readonly broken: readonly BrokenFolder[];
}
