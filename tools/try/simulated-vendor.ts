import { unsimulated } from '../../local/vendor/simulated';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import type { RebuiltConnector } from './rebuild-connector';
import { type Environment, variableOf } from '../../shared/admin';

/** A simulated vendor of one folder, and the settings that point its connector to it. */
export interface SimulatedVendor {
  readonly vendor: Vendor;
  readonly env: Environment;
}

/**
 * Plays the vendor of a folder in this process. Sources that it cannot play are off; an error if none is left. `live`: events
 * up to now; else the fixtures unchanged.
 */
export async function simulateVendor(
  { connector, folder, rules }: RebuiltConnector,
  live: boolean,
): Promise<SimulatedVendor> {
  const vendor = await startVendor({
    connectors: [{ connector, folder, ...(rules === undefined ? {} : { rules }) }],
    live,
  });
  const left = unsimulated(connector, rules);
  const on = Object.keys(connector.sources).filter((source) => !left.includes(source));
  const sources = left.length === 0 || on.length === 0 ? {} : { sources: on.join(',') };
  const values = Object.entries({ ...vendor.settings(connector.name), ...sources });
  const env = Object.fromEntries(values.map(([key, value]) => [variableOf(connector.name, key), value]));
  return { vendor, env };
}
