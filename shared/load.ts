import { watchConnector, watchMembers } from './process/watch-connector';
import type { Connector } from './contract/connector';
import type { VendorRules } from './contract/simulator';
import { connectorProblems } from './kit/connector-problems';
import { toVariable } from './values/names';
import { variablesOf } from './settings/instance-settings';
import { asLoadOf } from './process/unhandled-errors';
import type { BrokenFolder, ConnectorFolder, LoadedConnectors } from './contract/connector-folder';

/**
 * Loads and checks each folder separately. A folder that does not load, is not valid, or derives the same variable as
 * another is reported and left out; the others are unaffected. Of two folders with the same name, the first is used. Never
 * throws.
 */
export function loadConnectors(folders: readonly ConnectorFolder[]): LoadedConnectors {
  const broken: BrokenFolder[] = [];
  const sound: Connector[] = [];
  const seen = new Map<string, ConnectorFolder>();
  const leaveOut = (name: string, problem: string, path = seen.get(name)?.path): void =>
    void broken.push({ folder: name, ...(path === undefined ? {} : { path }), problem });
  for (const folder of folders) {
    const first = seen.get(folder.name);
    if (first !== undefined) {
      leaveOut(
        folder.name,
        `${first.path ?? 'another folder'} has the same name. Rename one of them.`,
        folder.path,
      );
      continue;
    }
    seen.set(folder.name, folder);
    try {
      const connector = exported(asLoadOf(folder.name, () => folder.load()));
      const problems = connectorProblems(connector, folder.name);
      if (problems.length === 0) sound.push(watchConnector(connector as Connector));
      else leaveOut(folder.name, problems.join(' '));
    } catch (error) {
      leaveOut(folder.name, `loading it: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const clashes = findClashes(sound);
  for (const [name, problem] of clashes) leaveOut(name, problem);
  return { connectors: sound.filter(({ name }) => !clashes.has(name)), broken };
}

/** Loads the export of a folder's simulator.ts. Loading it and calling its functions count as the connector's code. May throw. */
export function loadRules(connector: string, load: () => unknown): VendorRules | undefined {
  return watchMembers(exported(asLoadOf(connector, load)), connector) as VendorRules | undefined;
}

function exported(module: unknown): unknown {
  const record = module as { readonly default?: unknown } | null | undefined;
  return record?.default ?? module;
}

/** Connectors that derive the same variable. Neither is used, because the setting could belong to either. */
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
