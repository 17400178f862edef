import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Connector } from '../../shared/contract/connector';
import type { Json } from '../../shared/contract/json';
import type { VendorRules } from '../../shared/contract/simulator';
import type { VendorFault } from './faults';
import type { LiveEvents, Published } from './feed/feed';
import { createEndpoint, type SeenRequest } from './endpoint';
import { settingsOf } from './settings';

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

/** A running simulator of all vendors. */
export interface Vendor {
  /** `http://127.0.0.1:<port>`; each connector's address is `<url>/<connector>`. */
  readonly url: string;
  /** A value for every setting of a connector. */
  settings(connector: string): Record<string, string>;
  /** Sets what the next matching requests meet, in place of what was set before. */
  behave(rules: readonly VendorFault[]): void;
  readonly requests: readonly SeenRequest[];
  /** How many requests were refused because they were too many. */
  readonly tooMany: number;
  /** What was wrong with a request, a sentence each. */
  readonly complaints: readonly string[];
  /** How many requests met a fault so far. */
  readonly faultsMet: number;
  /** Begins to post what happens to an app, for the sources that are posted to. @param app `http://127.0.0.1:7071` */
  sendTo(app: string): void;
  /** All records of a source published so far: what must arrive. Of one that posts, what was taken. */
  published(connector: string, source: string): readonly Json[];
  /** The same, with when each happened and when it could first be read. */
  feed(connector: string, source: string): readonly Published[];
  close(): Promise<void>;
}

/**
 * Starts an HTTP server on loopback that plays every vendor: it checks what it is asked against the connectors'
 * declarations and answers from their fixtures. Sources without a declaration are not played.
 */
export async function startVendor(options: VendorOptions): Promise<Vendor> {
  const endpoint = createEndpoint(options);
  const server = createServer((request, response) => {
    endpoint.handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    settings(name) {
      const found = options.connectors.find(({ connector }) => connector.name === name);
      return found === undefined ? {} : settingsOf(found.connector, url);
    },
    behave: endpoint.behave,
    requests: endpoint.requests,
    get tooMany() {
      return endpoint.tooMany;
    },
    complaints: endpoint.complaints,
    get faultsMet() {
      return endpoint.faultsMet;
    },
    published: endpoint.published,
    feed: endpoint.feed,
    sendTo: endpoint.sendTo,
    close: () =>
      new Promise((resolve) => {
        endpoint.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
