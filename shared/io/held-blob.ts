import type { BlobLeaseClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { ContractError, UnavailableError } from '../contract/errors';
import type { Json, JsonObject } from '../contract/json';
import { parseJson, stringifyJson } from '../kit/json';
import { storageError, storageStatus, withContainer } from './storage';

/** The lease's length; Azure allows 15 to 60 seconds. */
const LEASE_SECONDS = 60;
/** Early enough that a renewal which fails is known before another can take the lease. */
const RENEW_EVERY_MS = 20_000;
const JSON_BLOB = { blobHTTPHeaders: { blobContentType: 'application/json' } };

/** A blob of JSON under lease: only the holder can write it. */
export interface HeldBlob<T> {
  readonly value: T;
  /** Aborts when the lease could not be renewed. */
  readonly lost: AbortSignal;
  /** Replaces it in one conditional write. @throws UnavailableError when the lease is lost or the blob is newer */
  save(next: T): Promise<void>;
  /** Gives the lease back. Never throws: one that is not given back ends by itself within a minute. */
  release(): Promise<void>;
}

/** What a blob holds, and how it is spoken of. */
export interface BlobForm<T> {
  /** For messages: `the totals of logs/MyApp`. */
  readonly what: string;
  readonly empty: T;
  /** @throws ContractError for what no version of the framework wrote */
  readonly check: (value: Json) => T;
}

/**
 * Takes the lease of a blob, creating it with its explicit empty value where there is none.
 * @returns `busy` when another holds it
 * @throws UnavailableError | SettingError when storage cannot be used; ContractError when the blob is damaged
 */
export async function holdBlob<T>(
  container: ContainerClient,
  blob: BlockBlobClient,
  form: BlobForm<T>,
): Promise<HeldBlob<T> | 'busy'> {
  try {
    await withContainer(container, () => createEmpty(blob, form.empty));
    const lease = blob.getBlobLeaseClient();
    await lease.acquireLease(LEASE_SECONDS);
    return await open(blob, lease, form);
  } catch (error) {
    if ((error as { code?: string }).code === 'LeaseAlreadyPresent') return 'busy';
    throw error instanceof ContractError ? error : storageError(`taking the lease of ${form.what}`, error);
  }
}

/** Reads without a lease; `undefined` where there is none. @throws as {@link holdBlob} */
export async function readBlob<T>(
  blob: BlockBlobClient,
  form: BlobForm<T>,
): Promise<{ readonly value: T; readonly etag: string | undefined } | undefined> {
  try {
    const answer = await blob.download();
    const text = await collect(answer.readableStreamBody);
    return { value: parse(text, form), etag: answer.etag };
  } catch (error) {
    if (storageStatus(error) === 404) return undefined;
    throw error instanceof ContractError ? error : storageError(`reading ${form.what}`, error);
  }
}

async function createEmpty(blob: BlockBlobClient, empty: unknown): Promise<void> {
  try {
    const body = JSON.stringify(empty);
    await blob.upload(body, Buffer.byteLength(body), { ...JSON_BLOB, conditions: { ifNoneMatch: '*' } });
  } catch (error) {
    const status = storageStatus(error);
    if (status !== 409 && status !== 412) throw error;
  }
}

async function open<T>(
  blob: BlockBlobClient,
  lease: BlobLeaseClient,
  form: BlobForm<T>,
): Promise<HeldBlob<T>> {
  const abort = new AbortController();
  const lose = (error: unknown): UnavailableError => {
    const lost = new UnavailableError(
      `saving ${form.what}: the lease is lost, another run may go on. The next one goes on from what was saved.`,
      { cause: error },
    );
    abort.abort(lost);
    return lost;
  };
  const renewal = setInterval(() => void lease.renewLease().catch(lose), RENEW_EVERY_MS);
  renewal.unref();
  const release = async (): Promise<void> => {
    clearInterval(renewal);
    await lease.releaseLease().catch(() => undefined);
  };
  try {
    const answer = await blob.download();
    let etag = answer.etag;
    let value = parse(await collect(answer.readableStreamBody), form);
    return {
      get value() {
        return value;
      },
      lost: abort.signal,
      async save(next) {
        abort.signal.throwIfAborted();
        const body = stringifyJson(next as unknown as JsonObject);
        const conditions = { leaseId: lease.leaseId, ...(etag === undefined ? {} : { ifMatch: etag }) };
        try {
          const written = await blob.upload(body, Buffer.byteLength(body), { ...JSON_BLOB, conditions });
          etag = written.etag;
          value = next;
        } catch (error) {
          const status = storageStatus(error);
          throw status === 412 || status === 409 || status === 404
            ? lose(error)
            : storageError(`saving ${form.what}`, error);
        }
      },
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function collect(stream: NodeJS.ReadableStream | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

function parse<T>(text: string, { check, what }: BlobForm<T>): T {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (cause) {
    throw new ContractError(
      `reading ${what}: it is not JSON. It is never taken for an empty one: restore it, or remove it.`,
      { cause },
    );
  }
  return check(value);
}
