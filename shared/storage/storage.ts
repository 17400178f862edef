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

/** The private container that holds all state. Its name in storage begins with the app's prefix. */
const CONTAINER = 'tributary';
/** Retries of the storage clients. Short, because the next run tries again anyway. */
const RETRY = { maxTries: 3, tryTimeoutInMs: 10_000, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 };

/** The app's clients for its storage account. */
export interface Storage {
  readonly blobs: ContainerClient;
  /** @param name without the app's prefix */
  queue(name: string): QueueClient;
}

/**
 * Opens the account that `AzureWebJobsStorage` names, by connection string or identity. Sends no request.
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

/** The HTTP status of a failed storage call. `undefined` when there was no answer. */
export function storageStatus(error: unknown): number | undefined {
  return (error as { readonly statusCode?: number }).statusCode;
}

/** True when another process was first: the blob is leased (409), or the condition no longer holds (412). */
export function isOvertaken(error: unknown): boolean {
  const status = storageStatus(error);
  return status === 409 || status === 412;
}

/** The classes of programming errors. Failures of Node have these classes too, and a code. */
const FAULTS = [TypeError, RangeError, ReferenceError, SyntaxError];

/** True for an error of our own code, not of storage. */
function isBug(error: unknown): error is Error {
  if (error instanceof UnreadableError) return true;
  return FAULTS.some((Fault) => error instanceof Fault) && !Object.hasOwn(error as object, 'code');
}

/**
 * Converts the error of a storage call to one of the named errors, for runs and for operators' commands alike. An error that already is one, such as a token's, is
 * returned unchanged. So is a bug beside the call, such as a value that could not be read back: waiting would not help.
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
    // A transient failure gets its message below.
    if (!(unanswered instanceof UnavailableError)) return unanswered;
  }
  // Only the message of a proxy's failure names the proxy.
  const failure = message.startsWith('the proxy ') ? message : (code ?? message);
  const reason = status === undefined ? failure : `storage answers ${status}`;
  return new UnavailableError(
    `${doing}: ${reason}. Nothing is lost: a run tries again by itself; repeat a command.`,
    {
      cause: error,
    },
  );
}

/** Runs a call that needs the container. Creates the container if it is missing, and runs the call again. */
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
 * Writes JSON. Creates the container if it is missing.
 * @returns the blob's new version @throws the storage client's errors, also when a condition is not met
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
 * Reads a blob's bytes, text and version in one request. The client's `downloadToBuffer` requests the length first, and
 * returns a torn value when another process writes in between.
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
 * Reads a blob and its version; `undefined` when it does not exist.
 * @throws UnavailableError | SettingError when storage cannot be used, or the blob is damaged
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
