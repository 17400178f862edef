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
import { noRules, type Rules } from './fault-rules';

/** What a request to storage meets instead of being served, or before it is. */
export type StorageFault =
  /** 503, as storage answers when it is too busy. */
  | { readonly do: 'unavailable'; readonly retryAfter?: string }
  /** A blob is read as this text; what lies there stays as it is. */
  | { readonly do: 'misread'; readonly as: string }
  /** The connection is reset: before the request is served, or after. */
  | { readonly do: 'cut'; readonly when: 'before' | 'after' }
  /** Something else happens first; then it is served. */
  | { readonly do: 'meanwhile'; readonly first: (request: StorageRequest) => Promise<void> };

/** A request on its way to storage. */
export interface StorageRequest {
  readonly service: 'blob' | 'queue';
  readonly method: string;
  /** Below the account. */
  readonly path: string;
  /** What is asked for, where it is not the blob or the message itself: `lease`, `list`. */
  readonly comp: string | null;
  /** What becomes of the lease of a blob: `acquire`, `renew`, `release`. */
  readonly lease: string | undefined;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

/** The storage of one attempt: real, its own, behind a proxy that breaks it. */
export interface Storage {
  /** For `AzureWebJobsStorage`; it holds a secret, see `signature`. */
  readonly connectionString: string;
  readonly signature: string;
  readonly rules: Rules<StorageFault, StorageRequest>;
  /** Around the proxy. */
  readonly container: ContainerClient;
  /** Ends the lease of a blob, as if it had run out. */
  endLease(path: string): Promise<void>;
  close(): Promise<void>;
}

const ACCOUNT = 'devstoreaccount1';
const agent = new Agent({ keepAlive: true });

/** Opens the storage of an attempt. Containers and queues get its name behind theirs, so that attempts never meet. */
export async function openStorage(
  azurite: Azurite,
  attempt: string,
  onWritten: (request: StorageRequest, status: number) => void,
): Promise<Storage> {
  const rules = noRules<StorageFault, StorageRequest>();
  const services = { blob: azurite.blobUrl, queue: azurite.queueUrl };
  const rename = (path: string): string => path.replace(/^\/([^/?]+)/, `/$1-${attempt}`);

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
  const container = blobs.getContainerClient(`tributary-${attempt}`);
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
          // It was given back meanwhile, or its blob is gone.
          if (![404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
        });
    },
    close: () => proxy.close(),
  };
}

/** What a blob is read as in place of what it is. */
function misreadAs(fault: StorageFault | undefined): string | undefined {
  return fault?.do === 'misread' ? fault.as : undefined;
}

function answerBusy(response: ServerResponse, retryAfter: string | undefined): void {
  if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter);
  response.writeHead(503).end();
}

/** `/blob/devstoreaccount1/<container>/…`: the service, and what is asked of it, with its query. */
function readRequest(
  { headers, method = '', url = '' }: IncomingMessage,
  body: Buffer,
): { readonly asked: StorageRequest; readonly rest: string } {
  const [, first, rest = ''] = /^\/(blob|queue)\/devstoreaccount1(.*)$/.exec(url) ?? [];
  const [path = '', words] = rest.split('?');
  const query = new URLSearchParams(words);
  const service = first === 'queue' ? 'queue' : 'blob';
  const lease = headers['x-ms-lease-action']?.toString();
  return { asked: { service, method, path, comp: query.get('comp'), lease, query, body }, rest };
}

/** A signature that says nothing of names, so that the proxy may change them. */
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
 * Sends a request on; without a `response` nobody learns what became of it.
 * @param as what is answered in place of the body of a blob @returns the status
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
