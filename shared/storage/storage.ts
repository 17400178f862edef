import {
  BlobServiceClient,
  type BlobClient,
  type BlockBlobClient,
  type BlockBlobUploadOptions,
  type ContainerClient,
} from '@azure/storage-blob';
import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { SettingError, UnavailableError, isNamedError } from '../contract/errors';
import { AZURE_CA, AZURE_NETWORK, azureNetworkTo } from '../http/azure-network';
import { networkFailure } from '../http/network-failure';
import { openStorageIdentity } from './storage-identity';
import { storageName } from './storage-names';
import { readStorageSettings } from './storage-settings';
import { parseStored, storedText, UnreadableError, type StoredForm } from './stored-form';
import type { Environment } from '../settings/environment';

/** The one private container that holds all state; its name begins with the app's prefix. */
const CONTAINER = 'tributary';
/** The storage clients' own retries: short, because the next run tries again anyway. */
const RETRY = { maxTries: 3, tryTimeoutInMs: 10_000, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 };

/** What an app has of its storage account. */
export interface Storage {
  readonly blobs: ContainerClient;
  /** @param name without the app's prefix */
  queue(name: string): QueueClient;
}

/**
 * Opens the account that `AzureWebJobsStorage` names: by connection string, or by identity. Nothing is asked yet.
 * @throws SettingError when a setting is missing or malformed
 * @see https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
 */
export function openStorage(env: Environment): Storage {
  const { blobs, queues } = openServices(env);
  return {
    blobs: blobs.getContainerClient(containerName(env)),
    queue: (name) => queues.getQueueClient(storageName(env, name)),
  };
}

/** The name of the container that holds the app's state. */
export function containerName(env: Environment): string {
  return storageName(env, CONTAINER);
}

function openServices(env: Environment): {
  readonly blobs: BlobServiceClient;
  readonly queues: QueueServiceClient;
} {
  const settings = readStorageSettings(env);
  const optionsTo = (address: string) => ({ retryOptions: RETRY, ...azureNetworkTo(address) });
  if (settings.kind === 'connection-string') {
    const { text } = settings;
    const { url: blobUri } = BlobServiceClient.fromConnectionString(text, { ...AZURE_NETWORK });
    const { url: queueUri } = QueueServiceClient.fromConnectionString(text, { ...AZURE_NETWORK });
    return {
      blobs: BlobServiceClient.fromConnectionString(text, optionsTo(blobUri)),
      queues: QueueServiceClient.fromConnectionString(text, optionsTo(queueUri)),
    };
  }
  const credential = openStorageIdentity(env);
  return {
    blobs: new BlobServiceClient(settings.blobUri, credential, optionsTo(settings.blobUri)),
    queues: new QueueServiceClient(settings.queueUri, credential, optionsTo(settings.queueUri)),
  };
}

/** Status of a failed storage call; `undefined` when nothing was answered. */
export function storageStatus(error: unknown): number | undefined {
  return (error as { readonly statusCode?: number }).statusCode;
}

/** True where another was faster: the blob is held (409), or is not what the condition names any more (412). */
export function isOvertaken(error: unknown): boolean {
  const status = storageStatus(error);
  return status === 409 || status === 412;
}

/** What a fault of the code throws; Node's own failures are of these classes too, and have a code. */
const FAULTS = [TypeError, RangeError, ReferenceError, SyntaxError];

/** True for an error that says that our code is wrong, and nothing of storage. */
function isBug(error: unknown): error is Error {
  if (error instanceof UnreadableError) return true;
  return FAULTS.some((Fault) => error instanceof Fault) && !Object.hasOwn(error as object, 'code');
}

/**
 * The error of a storage call in the house's words. One that already is, such as a token's that was not given, stays, and
 * so does a bug beside the call, such as a value that could not be read again: waiting would not mend it.
 */
export function storageError(doing: string, error: unknown): Error {
  if (isNamedError(error) || isBug(error)) return error;
  const status = storageStatus(error);
  if (status === 401 || status === 403) {
    return new SettingError(
      `${doing}: storage answers ${status}. Check AzureWebJobsStorage, or the roles of its identity: Storage Blob Data Owner and Storage Queue Data Contributor.`,
      { cause: error },
    );
  }
  const { code, message } = error as { readonly code?: string; readonly message: string };
  if (status === undefined) {
    const names = { who: 'storage', address: ['AzureWebJobsStorage'], ca: AZURE_CA };
    const unanswered = networkFailure({ doing, code, message, source: error, tls: undefined, ...names });
    // What passes is said below, in words of its own.
    if (!(unanswered instanceof UnavailableError)) return unanswered;
  }
  // Of a proxy's failure only the message names the proxy.
  const failure = message.startsWith('the proxy ') ? message : (code ?? message);
  const reason = status === undefined ? failure : `storage answers ${status}`;
  return new UnavailableError(`${doing}: ${reason}. Nothing is lost; the next run tries again.`, {
    cause: error,
  });
}

/** Runs a call that needs the container, and makes the container where it is missing. */
export async function withContainer<T>(container: ContainerClient, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ContainerNotFound') throw error;
    await container.createIfNotExists();
    return call();
  }
}

/**
 * Writes JSON, and makes the container where it is missing.
 * @returns the blob's new version @throws the storage client's own errors, also where the conditions are not met
 */
export async function putJson(
  container: ContainerClient,
  blob: BlockBlobClient,
  body: string,
  options: Pick<BlockBlobUploadOptions, 'conditions' | 'metadata'> = {},
): Promise<string | undefined> {
  const blobHTTPHeaders = { blobContentType: 'application/json' };
  const { etag } = await withContainer(container, () =>
    blob.upload(body, Buffer.byteLength(body), { ...options, blobHTTPHeaders }),
  );
  return etag;
}

/** Writes a value in its form. @throws as {@link putJson} and {@link storedText} do */
export function putStored<T>(
  container: ContainerClient,
  blob: BlockBlobClient,
  form: StoredForm<T>,
  value: T,
  options: Pick<BlockBlobUploadOptions, 'conditions' | 'metadata'> = {},
): Promise<string | undefined> {
  return putJson(container, blob, storedText(value, form), options);
}

/**
 * A blob's text and its version, in one request: the client's `downloadToBuffer` asks for the length first, and gives
 * half of what another wrote in between.
 */
export async function readBlob(blob: BlobClient): Promise<{
  readonly bytes: Buffer;
  readonly text: string;
  readonly etag: string | undefined;
}> {
  const { etag, readableStreamBody } = await blob.download();
  const chunks: Buffer[] = [];
  for await (const chunk of readableStreamBody ?? []) chunks.push(Buffer.from(chunk as Uint8Array));
  const bytes = Buffer.concat(chunks);
  return { bytes, text: bytes.toString('utf8'), etag };
}

/**
 * What a blob holds, and its version; `undefined` where there is none.
 * @throws UnavailableError | SettingError when storage cannot be used, and for a blob that is damaged
 */
export async function findBlob<T>(
  blob: BlobClient,
  form: StoredForm<T>,
): Promise<{ readonly value: T; readonly etag: string | undefined } | undefined> {
  try {
    const { etag, text } = await readBlob(blob);
    return { value: parseStored(text, blob.name, form), etag };
  } catch (error) {
    if (storageStatus(error) === 404) return undefined;
    throw storageError(`reading ${form.what}`, error);
  }
}
