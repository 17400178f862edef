import type { Connector } from '../../shared/contract/connector';
import type { VendorRules } from '../../shared/contract/simulator';
import type { LiveEvents } from './feed/feed';

/** A connector whose vendor is simulated. */
export interface SimulatedConnector {
  readonly connector: Connector;
  /** The connector's folder, with its fixtures. */
  readonly folder: string;
  readonly rules?: VendorRules;
}

/** The events of live vendors. */
export interface VendorEvents extends Omit<LiveEvents, 'history'> {
  /** How many pages the events before its start fill, whatever the page size. */
  readonly historyPages?: number;
  /** The longest lateness of events, if the source declares as much. @default its shortest lag */
  readonly lateUpToMs?: number;
}

/** The options of a simulator. */
export interface VendorOptions {
  readonly connectors: readonly SimulatedConnector[];
  /** True: times are moved to now, and a few events a minute are published. False: the fixtures unchanged. */
  readonly live: boolean;
  /** Moves the fixtures, so that the newest has this time. Only if not live. @default not moved */
  readonly newestAt?: Date;
  /** Whether requests over the declared budgets are answered with 429. @default live */
  readonly limits?: boolean;
  /** Forces small pages; by default the declared limit, or the fixtures' own pages. */
  readonly pageSize?: number;
  /** Only for live vendors. */
  readonly events?: VendorEvents;
  readonly now?: () => Date;
  /** @default 0, any free one */
  readonly port?: number;
  readonly seed?: number;
  /** The longest lateness of one event in ten, whatever is declared. */
  readonly maxLateMs?: number;
  /** When live events started. The same time gives the same past events. @default now */
  readonly bornAt?: Date;
}
