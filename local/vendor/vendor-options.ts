import type { Connector } from '../../shared/contract/connector';
import type { VendorRules } from '../../shared/contract/simulator';
import type { LiveEvents } from './feed/feed';

/** A connector to simulate the vendor of. */
export interface SimulatedConnector {
  readonly connector: Connector;
  /** The connector's folder; its fixtures stand below. */
  readonly folder: string;
  readonly rules?: VendorRules;
}

/** What the events of live vendors are like. */
export interface VendorEvents extends Omit<LiveEvents, 'history'> {
  /** How many pages the events of before its birth fill, of whatever size the pages of a source are. */
  readonly historyPages?: number;
  /** How late late events are at most, where the source declares so much. @default its shortest lag */
  readonly lateUpToMs?: number;
}

/** What a simulator is made from. */
export interface VendorOptions {
  readonly connectors: readonly SimulatedConnector[];
  /** True: times moved to now, and a few events a minute for as long as it runs. False: the fixtures as they are. */
  readonly live: boolean;
  /** Moves the fixtures in time, so that the newest is here: for readers by today's clock. Only where not live. @default they stay */
  readonly newestAt?: Date;
  /** Whether more requests than the declared budgets allow are answered with 429. @default live */
  readonly limits?: boolean;
  /** Forces small pages; by default the declared limit, or the fixtures' own pages. */
  readonly pageSize?: number;
  /** Only for live vendors. */
  readonly events?: VendorEvents;
  readonly now?: () => Date;
  /** @default 0, any free one */
  readonly port?: number;
  readonly seed?: number;
  /** How late one event in ten is published at most, whatever is declared. */
  readonly maxLateMs?: number;
  /** When live events began; the same birth gives the same past. @default now */
  readonly bornAt?: Date;
}
