import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../../shared/contract/json';
import type { VendorFault } from './faults';
import type { Published } from './feed/feed';
import { createEndpoint, type SeenRequest } from './vendor-endpoint';
import { settingsOf } from './placeholder-settings';
import type { VendorOptions } from './vendor-options';

/** A running simulator of all vendors. */
export interface Vendor {
  /** `http://127.0.0.1:<port>`; each connector's address is `<url>/<connector>`. */
  readonly url: string;
  /** A value for every setting of a connector. */
  settings(connector: string): Record<string, string>;
  /** Replaces the rules for the next matching requests. */
  behave(rules: readonly VendorFault[]): void;
  readonly requests: readonly SeenRequest[];
  /** How many requests were refused because of a rate limit. */
  readonly tooMany: number;
  /** The problems of wrong requests, one sentence each. */
  readonly complaints: readonly string[];
  /** How many requests a fault was applied to so far. */
  readonly faultsMet: number;
  /** Starts to post new events to an app, for webhook sources. @param app `http://127.0.0.1:7071` */
  sendTo(app: string): void;
  /** All records of a source published so far, which must arrive. For a webhook source: those that were accepted. */
  published(connector: string, source: string): readonly Json[];
  /** The same, with the event time and the publication time of each. */
  feed(connector: string, source: string): readonly Published[];
  close(): Promise<void>;
}

/**
 * Starts an HTTP server on loopback that plays every vendor: it checks requests against the connectors' declarations and
 * answers from their fixtures. A source without a declaration needs an `answer()` in its folder's simulator.ts.
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
