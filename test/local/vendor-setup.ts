import { join } from 'node:path';
import okta from '../../connectors/okta';
import onepassword from '../../connectors/onepassword';
import type { Page, PullContext } from '../../shared/contract/connector';
import type { JsonObject } from '../../shared/contract/json';
import { startVendor, type Vendor, type VendorOptions } from '../../local/vendor/vendor';
import { fetchHttp } from '../fakes/fetch-http';
import { pullContext, readAll } from '../fakes/scripted-http';

/** Both connectors with their fixtures. */
export const connectors = [okta, onepassword].map((connector) => ({
  connector,
  folder: join(__dirname, '../../connectors', connector.name),
}));

const open: Vendor[] = [];

/** A vendor that the end of the test file's tests closes; see {@link closeVendors}. */
export async function vendorOf(options: Partial<VendorOptions> = {}): Promise<Vendor> {
  const vendor = await startVendor({ connectors, live: false, ...options });
  open.push(vendor);
  return vendor;
}

/** For `afterEach`. */
export async function closeVendors(): Promise<void> {
  await Promise.all(open.splice(0).map((vendor) => vendor.close()));
}

/** One run of a source against the vendor. */
export async function pullFrom(
  vendor: Vendor,
  name: 'okta' | 'onepassword',
  source: string,
  parts: Partial<PullContext> = {},
): Promise<readonly Page[]> {
  const connector = [okta, onepassword].find((each) => each.name === name) ?? okta;
  const pull = connector.sources[source]?.pull;
  if (pull === undefined) throw new Error(`${name} has no source ${source}`);
  const settings = vendor.settings(name);
  return readAll(pull, pullContext(fetchHttp(), { settings, startFrom: new Date(0), ...parts }));
}

/** The records of all pages. */
export function recordsOf(pages: readonly Page[]): readonly JsonObject[] {
  return pages.flatMap(({ records }) => records as readonly JsonObject[]);
}
