import type { App } from '../../shared/app';
import type { DataFolder } from './data-folder';
import type { Services } from './services';
import { openAdmin } from '../../shared/admin';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Adopts the states in our own storage after the simulated vendors moved to another port. A state belongs to the account of an
 * address, so the vendors listen on the port of the last start. If another program has that port now, they move. Call it while
 * no run is in progress.
 */
export async function adoptMovedVendors(
  data: DataFolder,
  { simulators, storageUrl, vendor }: Services,
  app: App,
): Promise<void> {
  const port = vendor === undefined ? undefined : Number(new URL(vendor).port);
  if (port === undefined || storageUrl === undefined || port === data.vendorPort()) return;
  const admin = openAdmin(app, SILENT);
  const known = (await admin.known()).filter(({ connector }) => simulators[connector] !== undefined);
  for (const id of known) {
    // A state that is off or damaged is reported when it is read.
    await admin.changeState(id, 'npm start', { what: 'state-adopt' }).catch(() => undefined);
  }
  data.keepVendorPort(port);
}
