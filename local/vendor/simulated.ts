import { join } from 'node:path';
import type { Connector, PullSource, Source } from '../../shared/contract/connector';
import { ContractError } from '../../shared/contract/errors';
import type { VendorRules } from '../../shared/contract/simulator';
import { loadRules } from '../../shared/load';
import type { ConnectorFolder } from '../../shared/contract/connector-folder';

/** A folder with fixtures, `<path>/fixtures/<source>/page-*.json`, that may add rules of its own. */
export interface VendorFolder extends ConnectorFolder {
  simulator?(): unknown;
}

/** The default export of a folder's simulator.ts; `undefined` if there is none. @throws ContractError when the file throws */
export function rulesOf(folder: VendorFolder | undefined): VendorRules | undefined {
  try {
    return folder && loadRules(folder.name, () => folder.simulator?.());
  } catch (cause) {
    const file = join(folder?.path ?? folder?.name ?? '', 'simulator.ts');
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ContractError(`loading ${file}: ${why}.`, { cause });
  }
}

/** A pulled source whose vendor is simulated, by its declaration or by the folder's `answer()`. */
export function isSimulated(source: Source, rules: VendorRules | undefined): source is PullSource {
  const { pull } = source;
  return pull !== undefined && (pull.rest ?? pull.objects ?? rules?.answer) !== undefined;
}

/** The pulled sources of a connector without a simulated vendor. */
export function unsimulated({ sources }: Connector, rules: VendorRules | undefined): readonly string[] {
  return Object.entries(sources).flatMap(([name, source]) =>
    source.pull === undefined || isSimulated(source, rules) ? [] : [name],
  );
}

/** Why a source in code has no simulated vendor, and what to do. */
export function unsimulatedReason(connector: string, source: string): string {
  return (
    `${connector}/${source} has no simulated vendor: its source is code, so the vendor's answers cannot be derived. ` +
    `Write answer() in the folder's simulator.ts, as "A simulated vendor for code" in docs/write-a-connector.md shows.`
  );
}
