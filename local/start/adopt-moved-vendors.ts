import type { App } from '../../shared/app';
import type { DataFolder } from './data-folder';
import type { Services } from './services';
import { openAdmin } from '../../shared/admin';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Simulated vendors listen where they did the last time, so that a state belongs to the same account. Where another
 * program has that port by now they are the same vendors at another address: the states of our own storage are adopted.
 * No run may be alive.
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
    // One that is off or damaged says so where it is looked at.
    await admin.changeState(id, 'npm start', { what: 'state-adopt' }).catch(() => undefined);
  }
  data.keepVendorPort(port);
}
