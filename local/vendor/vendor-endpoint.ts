import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Json, JsonObject } from '../../shared/contract/json';
import { FOREIGN_REQUEST, isLocalRequest } from '../local-origin';
import { replyControl } from './control-endpoints';
import { noFaults, type VendorFault } from './faults';
import type { Published } from './feed/feed';
import { limitsOf } from './request-limits';
import { replyJson, replyWritten, type Written } from './requests/reply';
import { createSender, type Sender } from './posts/sender';
import { NOWHERE, serve, simulateVendor } from './serve';
import { settingsOf } from './placeholder-settings';
import type { ReceivedRequest } from './requests/received';
import type { SimulatedConnector, VendorOptions } from './vendor-options';

/** A recorded request. */
export interface SeenRequest extends JsonObject {
  readonly connector: string;
  /** Empty for an unknown path. */
  readonly source: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly at: string;
}

/** Receives, checks, records and answers requests. */
export interface VendorEndpoint {
  /** Refuses a foreign `Host` or `Origin` on every route: a page in a browser must neither read nor control a vendor. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  behave(rules: readonly VendorFault[]): void;
  published(connector: string, source: string): readonly Json[];
  feed(connector: string, source: string): readonly Published[];
  readonly requests: readonly SeenRequest[];
  readonly complaints: readonly string[];
  /** How many requests a fault was applied to. */
  readonly faultsMet: number;
  /** Requests that were refused because of a rate limit. */
  readonly tooMany: number;
  /** Starts to post to an app, instead of the previous one. @param app `http://127.0.0.1:7071` */
  sendTo(app: string): void;
  /** Stops the posts that {@link sendTo} started. */
  stop(): void;
}

const MAX_BODY_BYTES = 1_000_000;

/**
 * Prepares the vendors of all connectors.
 * @throws ContractError when a declaration cannot be simulated
 */
export function createEndpoint(options: VendorOptions): VendorEndpoint {
  const { now = () => new Date() } = options;
  const faults = noFaults();
  const requests: SeenRequest[] = [];
  const complaints: string[] = [];
  const limits = limitsBySource(options);
  let tooMany = 0;
  const vendors = new Map(
    options.connectors.map((each) => [each.connector.name, simulateVendor(each, now, options)]),
  );
  const feedOf = (connector: string, source: string): readonly Published[] =>
    vendors.get(connector)?.events(source) ?? [];
  const senders = options.connectors.flatMap((each) => simulateSenders(each, options, now, complaints));
  /** The first answer for each path since the rules were set. */
  const firsts = new Map<string, Written>();
  const first = (path: string, write: () => Written): Written => {
    const written = firsts.get(path) ?? write();
    firsts.set(path, written);
    return written;
  };
  let sending = new AbortController();
  const endpoint: VendorEndpoint = {
    requests,
    complaints,
    get tooMany() {
      return tooMany;
    },
    behave(rules) {
      firsts.clear();
      faults.set(rules);
    },
    get faultsMet() {
      return faults.met;
    },
    published: (connector, source) =>
      senders.find((sender) => sender.connector === connector && sender.name === source)?.taken ??
      feedOf(connector, source).map(({ record }) => record),
    feed: feedOf,
    sendTo(app) {
      sending.abort();
      sending = new AbortController();
      for (const sender of senders) void sender.run(app, sending.signal);
    },
    stop: () => sending.abort(),
    async handle(request, response) {
      const url = admit(request, response);
      if (url === undefined) return;
      const body = await readBody(request);
      if (replyControl(request, url, body, response, endpoint)) return;
      // The vendor's own clock, so that the client can measure the difference. Fixtures are replayed without a clock.
      if (options.live || options.now !== undefined) response.setHeader('date', now().toUTCString());
      else response.sendDate = false;
      const { connector, ...asking } = readRequest(request, url, body);
      const { base, method, path, query } = asking;
      const vendor = vendors.get(connector);
      const served = vendor === undefined ? NOWHERE : serve(vendor, asking);
      const name = served.source;
      requests.push({ connector, source: name, method, path, query, at: now().toISOString() });
      if ('because' in served) {
        const { because, body: own, status } = served;
        complaints.push(`${connector}${name && ` ${name}`}: ${method} ${path}: ${because}`);
        return replyJson(response, status, own ?? { error: { status, message: because } });
      }
      if (isTooMuch(limits.get(`${connector} ${name}`)?.(now()), response)) {
        tooMany++;
        return replyJson(response, 429, { error: { status: 429, message: 'too many requests' } });
      }
      const origin = base.slice(0, -`/${connector}`.length);
      const seenAt = { origin, base, path, url: request.url ?? '' };
      const fault = faults.next(connector, name, served.canMeet);
      const write = (): Written => served.write(seenAt, fault);
      await replyWritten(response, fault?.do === 'same-answer' ? () => first(path, write) : write, fault);
    },
  };
  return endpoint;
}

/** Counts a request to a source. @returns the rate limit for its answer */
type Count = (now: Date) => { readonly isOver: boolean; readonly headers: Readonly<Record<string, string>> };

/** Writes the limit to the answer's headers. @returns true if the request was refused */
function isTooMuch(counted: ReturnType<Count> | undefined, response: ServerResponse): boolean {
  for (const [name, value] of Object.entries(counted?.headers ?? {})) response.setHeader(name, value);
  return counted?.isOver === true;
}

/** One counter for each account, by connector and source. A source with its own budget is counted separately. */
function limitsBySource({ connectors, limits: isKept, live }: VendorOptions): Map<string, Count> {
  const counts = new Map<string, Count>();
  if (!(isKept ?? live)) return counts;
  for (const { connector, rules = {} } of connectors) {
    const shared = limitsOf(connector.budget);
    for (const [name, { budget }] of Object.entries(connector.sources)) {
      const limits = budget === undefined ? shared : limitsOf(budget);
      if (limits === undefined) continue;
      counts.set(`${connector.name} ${name}`, (now) => {
        const { isOver, quota, retryMs } = limits.count(now);
        const quotaHeaders = rules.quota?.(quota) ?? {};
        const after: Record<string, string> = isOver
          ? { 'retry-after': String(Math.ceil(retryMs / 1_000)) }
          : {};
        return { isOver, headers: { ...after, ...quotaHeaders } };
      });
    }
  }
  return counts;
}

/**
 * The URL of a request; `undefined` if it was refused, for a foreign `Host` or `Origin`, or an address that is not a path of
 * this server, such as `//host`, which a URL would read as another server.
 */
function admit(request: IncomingMessage, response: ServerResponse): URL | undefined {
  const { headers, socket, url = '' } = request;
  const address = `http://localhost${url}`;
  if (!/^\/(?![/\\])/.test(url) || !URL.canParse(address))
    replyJson(response, 400, { error: 'the address of the request cannot be read' });
  else if (!isLocalRequest(headers, socket.localPort)) replyJson(response, 403, { error: FOREIGN_REQUEST });
  else return new URL(address);
  return undefined;
}

/**
 * Splits the path into the connector and the vendor's own path. A repeated parameter counts as wrong. A call to SQS or STS names
 * its queue or role in the body.
 */
function readRequest(
  { method = '', headers }: IncomingMessage,
  { pathname, searchParams }: URL,
  body: string,
): ReceivedRequest & { readonly connector: string } {
  const place = queueIn(headers, body) ?? roleIn(headers, body) ?? pathname;
  const connector = place.split('/')[1] ?? '';
  const path = place.slice(connector.length + 1);
  const query = Object.fromEntries(
    [...searchParams.keys()].map((key) => [key, searchParams.getAll(key).join()]),
  );
  const base = `http://${headers.host ?? ''}/${connector}`;
  return { connector, base, method, path, fullPath: pathname, query, headers, body };
}

/** The path of the queue that a call to SQS names. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html */
function queueIn(headers: IncomingMessage['headers'], body: string): string | undefined {
  if (!String(headers['x-amz-target']).startsWith('AmazonSQS.')) return undefined;
  const [, queue = ''] = /"QueueUrl":"([^"]+)"/.exec(body) ?? [];
  return URL.canParse(queue) ? new URL(queue).pathname : undefined;
}

/** The path of the role that a call to STS names. @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
function roleIn(headers: IncomingMessage['headers'], body: string): string | undefined {
  if (!/\/sts\/aws4_request\b/.test(headers.authorization ?? '')) return undefined;
  return /:role(\/.+)$/.exec(new URLSearchParams(body).get('RoleArn') ?? '')?.[1];
}

/** The webhook sources of a connector. */
function simulateSenders(
  { connector, folder }: SimulatedConnector,
  { seed = 1 }: VendorOptions,
  now: () => Date,
  complaints: string[],
): readonly Sender[] {
  const settings = settingsOf(connector, '');
  const complain = (sentence: string): void => void complaints.push(sentence);
  return Object.entries(connector.sources).flatMap(([name, source]) =>
    source.receive === undefined
      ? []
      : [createSender({ connector: connector.name, name, source, folder, settings, now, seed, complain })],
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('the body is too large for a simulated vendor');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
