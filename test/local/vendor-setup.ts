import { join } from 'node:path';
import acme from '../fixtures/connectors/acme';
import globex from '../fixtures/connectors/globex';
import hooli from '../fixtures/connectors/hooli';
import hooliRules from '../fixtures/connectors/hooli/simulator';
import initechAudit from '../fixtures/connectors/initech-audit';
import type { Connector, Page, PullContext } from '../../shared/contract/connector';
import type { JsonObject } from '../../shared/contract/json';
import { type Vendor, startVendor } from '../../local/vendor/vendor';
import { fetchHttp } from '../fakes/fetch-http';
import { pullContext, readAll } from '../fakes/scripted-http';
import type { SimulatedConnector, VendorOptions } from '../../local/vendor/vendor-options';

const simulated = (connector: Connector): SimulatedConnector => ({
  connector,
  folder: join(__dirname, '../fixtures/connectors', connector.name),
});

/** Invented connectors of every pulled kind, with their fixtures, and with their simulator.ts if they have one. */
export const connectors: readonly SimulatedConnector[] = [
  simulated(acme),
  simulated(globex),
  { ...simulated(hooli), rules: hooliRules },
  simulated(initechAudit),
];

const open: Vendor[] = [];

/** A vendor that {@link closeVendors} closes. */
export async function vendorOf(options: Partial<VendorOptions> = {}): Promise<Vendor> {
  const vendor = await startVendor({ connectors, live: false, ...options });
  open.push(vendor);
  return vendor;
}

/**
 * As {@link vendorOf}, with yesterday's fixtures: for an app with today's clock, which requests nothing beyond a vendor's
 * retention.
 */
export function vendorOfToday(options: Partial<VendorOptions> = {}): Promise<Vendor> {
  return vendorOf({ newestAt: yesterday(), ...options });
}

export function yesterday(): Date {
  return new Date(Date.now() - 86_400_000);
}

/** Closes all vendors; for `afterEach`. */
export async function closeVendors(): Promise<void> {
  await Promise.all(open.splice(0).map((vendor) => vendor.close()));
}

/** One run of a source against the vendor. */
export async function pullFrom(
  vendor: Vendor,
  name: string,
  source: string,
  parts: Partial<PullContext> = {},
): Promise<readonly Page[]> {
  const { pull, table } =
    connectors.find(({ connector }) => connector.name === name)?.connector.sources[source] ?? {};
  if (pull === undefined || table === undefined)
    throw new Error(`${name} has no source ${source} that is pulled`);
  const settings = vendor.settings(name);
  const context = pullContext(fetchHttp(), { settings, startFrom: new Date(0), time: table.time, ...parts });
  const { lag } = pull.rest?.window ?? {};
  if (lag === undefined || pull.rest?.resume !== 'time') return readAll(pull, context);
  // All of time as one window, unless the test names another.
  const step = pull.rest.window?.stepMs ?? 1;
  const to = new Date(Math.floor((context.startedAt.getTime() - lag.minMs) / step) * step).toISOString();
  return readAll(pull, { window: { lane: 'live', from: context.startFrom.toISOString(), to }, ...context });
}

/** The records of all pages. */
export function recordsOf(pages: readonly Page[]): readonly JsonObject[] {
  return pages.flatMap(({ records }) => records as readonly JsonObject[]);
}
