import type { PullSource } from '../../shared/contract/connector';
import type { RunReport } from '../../shared/contract/run';
import type { Json } from '../../shared/contract/json';
import type { Vendor } from '../../local/vendor/vendor';
import { compilePath } from '../../shared/values/json-path';
import { toIso } from '../../shared/values/time';
import { fetchHttp } from '../fakes/fetch-http';
import { pullHarness, type PullHarness } from '../fakes/pull-harness';
import { connectors, vendorOf } from './vendor-setup';
import type { VendorOptions } from '../../local/vendor/vendor-options';

/** A source of a live vendor that is read for some time. */
export interface Followed {
  readonly harness: PullHarness;
  readonly vendor: Vendor;
  readonly reports: readonly RunReport[];
  /** The event time of each published record; ISO 8601. */
  readonly timeOf: (record: Json) => string;
}

/** Options. */
export interface FollowOptions extends Pick<VendorOptions, 'maxLateMs' | 'seed'> {
  readonly everyMinutes: number;
  readonly minutes: number;
  /** Called before each run, with the minute. */
  readonly onRun?: (minute: number, vendor: Vendor, harness: PullHarness) => Promise<void> | void;
}

/** Runs a source against its live vendor, with the real pull, until the time is over. */
export async function follow(name: string, sourceName: string, options: FollowOptions): Promise<Followed> {
  const { everyMinutes, minutes, onRun, ...ofVendor } = options;
  const source = connectors.find(({ connector }) => connector.name === name)?.connector.sources[sourceName];
  if (source?.pull === undefined) throw new Error(`${name} has no source ${sourceName}`);
  const harness = pullHarness();
  const vendor = await vendorOf({ live: true, now: () => harness.clock.now(), ...ofVendor });
  const reports: RunReport[] = [];
  for (let minute = 0; minute <= minutes; minute += everyMinutes) {
    await onRun?.(minute, vendor, harness);
    reports.push(await runOnce(source, vendor.settings(name), harness));
    harness.clock.advance(everyMinutes * 60_000);
  }
  const timeAt = compilePath(source.table.time);
  return { harness, vendor, reports, timeOf: (record) => toIso(timeAt(record)) ?? '' };
}

function runOnce(
  source: PullSource,
  settings: Record<string, string>,
  harness: PullHarness,
): Promise<RunReport> {
  return harness.run(source, { settings, connect: async () => ({ http: fetchHttp(), sink: harness.sink }) });
}
