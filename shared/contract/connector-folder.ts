import type { Connector } from './connector';

/** A folder with a connector, not loaded yet. */
export interface ConnectorFolder {
  readonly name: string;
  /** Where it lies, where that is known. */
  readonly path?: string;
  /** Gives the folder's default export. May throw: the others go on. */
  load(): unknown;
}

/** A folder that is left out, and why. */
export interface BrokenFolder {
  readonly folder: string;
  /** Where it lies, where that is known. */
  readonly path?: string;
  readonly problem: string;
}

/** The connectors that are sound, and the folders that are not. */
export interface LoadedConnectors {
  readonly connectors: readonly Connector[];
  readonly broken: readonly BrokenFolder[];
}
