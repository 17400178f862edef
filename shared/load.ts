import type { Connector } from './contract/connector';
import { connectorProblems } from './kit/connector-problems';
import { toVariable } from './kit/names';
import { variablesOf } from './io/settings';

/** A folder below `connectors/`, not loaded yet. */
export interface ConnectorFolder {
  readonly name: string;
  /** Gives the folder's default export. May throw: the others go on. */
  load(): unknown;
}

/** A folder that is left out, and why. */
export interface BrokenFolder {
  readonly folder: string;
  readonly problem: string;
}

/** The connectors that are sound, and the folders that are not. */
export interface LoadedConnectors {
  readonly connectors: readonly Connector[];
  readonly broken: readonly BrokenFolder[];
}

/**
 * Loads and checks every folder on its own: one that does not load, is not sound, or derives a variable that
 * another derives too is reported and left out; the others are not touched by it. Never throws.
 */
export function loadConnectors(folders: readonly ConnectorFolder[]): LoadedConnectors {
  const broken: BrokenFolder[] = [];
  const sound: Connector[] = [];
  for (const folder of folders) {
    try {
      const connector = exported(folder.load());
      const problems = connectorProblems(connector, folder.name);
      if (problems.length === 0) sound.push(connector as Connector);
      else broken.push({ folder: folder.name, problem: problems.join(' ') });
    } catch (error) {
      broken.push({
        folder: folder.name,
        problem: `loading it: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
  }
  const clashes = findClashes(sound);
  for (const [name, problem] of clashes) broken.push({ folder: name, problem });
  return { connectors: sound.filter(({ name }) => !clashes.has(name)), broken };
}

function exported(module: unknown): unknown {
  const record = module as { readonly default?: unknown } | null | undefined;
  return record?.default ?? module;
}

/** Connectors that would read one another's variables. Neither is used: nobody could tell whose setting it is. */
function findClashes(connectors: readonly Connector[]): Map<string, string> {
  const owners = new Map<string, string>();
  const clashes = new Map<string, string>();
  for (const connector of connectors) {
    for (const variable of new Set([...variablesOf(connector), `${toVariable(connector.name)}__`])) {
      const owner = owners.get(variable);
      if (owner === undefined) {
        owners.set(variable, connector.name);
        continue;
      }
      const problem = `${owner} and ${connector.name} both derive the variable ${variable}. Rename a folder or a setting.`;
      clashes.set(owner, problem).set(connector.name, problem);
    }
  }
  return clashes;
}
