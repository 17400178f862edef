import {
  BlobServiceClient,
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
  type ContainerClient,
} from '@azure/storage-blob';
import { Agent, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Azurite } from '../../local/storage/azurite';
import { startServer } from './loopback-server';
import { createRules, type Rules } from './fault-rules';

/** What happens to a request to storage, instead of it or before it. */
export type StorageFault =
  /** 503, as storage answers when it is too busy. */
  | { readonly do: 'unavailable'; readonly retryAfter?: string }
  /** The read of a blob returns this text; the stored blob stays as it is. */
  | { readonly do: 'misread'; readonly as: string }
  /** The connection is reset: before the request is executed, or after. */
  | { readonly do: 'cut'; readonly when: 'before' | 'after' }
  /** Something else happens first; then the request is executed. */
  | { readonly do: 'meanwhile'; readonly first: (request: StorageRequest) => Promise<void> };

/** A request to storage. */
export interface StorageRequest {
  readonly service: 'blob' | 'queue';
  readonly method: string;
  /** Below the account. */
  readonly path: string;
  /** The `comp` parameter: `lease`, `list`; null for the blob or message itself. */
  readonly comp: string | null;
  /** The lease action: `acquire`, `renew`, `release`. */
  readonly lease: string | undefined;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

/** The storage of one case: Azurite, behind a proxy that injects faults. */
export interface Storage {
  /** The value of `AzureWebJobsStorage`. It contains a secret, `signature`. */
  readonly connectionString: string;
  readonly signature: string;
  readonly rules: Rules<StorageFault, StorageRequest>;
  /** Bypasses the proxy. */
  readonly container: ContainerClient;
  /** Ends the lease of a blob, as if it had expired. */
  endLease(path: string): Promise<void>;
  close(): Promise<void>;
}

const ACCOUNT = 'devstoreaccount1';
const agent = new Agent({ keepAlive: true });

/** Opens the storage of a case. The proxy appends the case's name to containers and queues, so that cases never share one. */
export async function openStorage(
  azurite: Azurite,
  caseName: string,
  onWritten: (request: StorageRequest, status: number) => void,
): Promise<Storage> {
  const rules = createRules<StorageFault, StorageRequest>();
  const services = { blob: azurite.blobUrl, queue: azurite.queueUrl };
  const rename = (path: string): string => path.replace(/^\/([^/?]+)/, `/$1-${caseName}`);

  const proxy = await startServer(async (incoming, body, response) => {
    const { asked, rest } = readRequest(incoming, body);
    const fault = rules.next(asked);
    if (fault?.do === 'unavailable') return answerBusy(response, fault.retryAfter);
    if (fault?.do === 'cut' && fault.when === 'before') return void incoming.socket.resetAndDestroy();
    if (fault?.do === 'meanwhile') await fault.first(asked);
    const isCut = fault?.do === 'cut';
    const url = services[asked.service] + rename(rest);
    const status = await forward(incoming, body, url, isCut ? undefined : response, misreadAs(fault));
    if (asked.method === 'PUT' || asked.method === 'POST') onWritten(asked, status);
    if (isCut) incoming.socket.resetAndDestroy();
  });

  const blobs = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const container = blobs.getContainerClient(`tributary-${caseName}`);
  const signature = sign(azurite);
  return {
    connectionString: [
      `BlobEndpoint=${proxy.url}/blob/${ACCOUNT}`,
      `QueueEndpoint=${proxy.url}/queue/${ACCOUNT}`,
      `SharedAccessSignature=${signature}`,
    ].join(';'),
    signature: new URLSearchParams(signature).get('sig') ?? '',
    rules,
    container,
    async endLease(path) {
      const name = decodeURIComponent(path.split('/').slice(2).join('/'));
      await container
        .getBlobClient(name)
        .getBlobLeaseClient()
        .breakLease(0)
        .catch((error: unknown) => {
          // The lease was released meanwhile, or the blob is gone.
          if (![404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
        });
    },
    close: () => proxy.close(),
  };
}

/** The text that the read of a blob returns. */
function misreadAs(fault: StorageFault | undefined): string | undefined {
  return fault?.do === 'misread' ? fault.as : undefined;
}

function answerBusy(response: ServerResponse, retryAfter: string | undefined): void {
  if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter);
  response.writeHead(503).end();
}

/** Splits `/blob/devstoreaccount1/<container>/…` into service, path and query. */
function readRequest(
  { headers, method = '', url = '' }: IncomingMessage,
  body: Buffer,
): { readonly asked: StorageRequest; readonly rest: string } {
  const [, first, rest = ''] = /^\/(blob|queue)\/devstoreaccount1(.*)$/.exec(url) ?? [];
  const [path = '', search] = rest.split('?');
  const query = new URLSearchParams(search);
  const service = first === 'queue' ? 'queue' : 'blob';
  const lease = headers['x-ms-lease-action']?.toString();
  return { asked: { service, method, path, comp: query.get('comp'), lease, query, body }, rest };
}

/** An account SAS: it covers no names, so that the proxy can change them. */
function sign({ connectionString }: Azurite): string {
  const key = /AccountKey=([^;]+)/.exec(connectionString)?.[1] ?? '';
  return generateAccountSASQueryParameters(
    {
      expiresOn: new Date(new Date().getTime() + 86_400_000),
      permissions: AccountSASPermissions.parse('rwdlacup'),
      resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
      services: AccountSASServices.parse('bq').toString(),
    },
    new StorageSharedKeyCredential(ACCOUNT, key),
  ).toString();
}

/**
 * Forwards a request. Without a `response` its answer is dropped.
 * @param as the text to answer in place of a blob's body @returns the status
 */
function forward(
  { headers, method }: IncomingMessage,
  body: Buffer,
  url: string,
  response: ServerResponse | undefined,
  as?: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const { host: _, ...others } = headers;
    const request = ask(url, { method, headers: others, agent }, (answer) => {
      const status = answer.statusCode ?? 0;
      answer.once('error', reject).once('end', () => resolve(status));
      if (response === undefined) return void answer.resume();
      if (as !== undefined && status === 200) {
        answer.resume();
        const { 'content-length': _length, 'content-md5': _hash, ...kept } = answer.headers;
        return void response.writeHead(status, { ...kept, 'content-length': Buffer.byteLength(as) }).end(as);
      }
      response.writeHead(status, answer.rawHeaders);
      answer.pipe(response);
    });
    request.once('error', reject);
    request.end(body);
  });
}
