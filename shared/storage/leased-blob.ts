import { hostname } from 'node:os';
import type { BlobClient, BlobLeaseClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { UnavailableError, type SettingError } from '../contract/errors';
import { LEASE_MS } from '../contract/run';
import { isOvertaken, putJson, putStored, readBlob, storageError, storageStatus } from './storage';
import { parseStored, storedText, type StoredForm } from './stored-form';

/** The lease's length; Azure allows 15 to 60 seconds. */
const LEASE_SECONDS = LEASE_MS / 1_000;
/** A third of the lease. A failed renewal is known, and the run has ended, before another run can acquire the lease. */
const RENEW_EVERY_MS = 20_000;
/** The writer, for the blob's metadata, which needs no separate request. Header values are ASCII. */
const WRITER = `${hostname().replace(/[^\w.-]/g, '-')}/${process.pid}`;

/** Options that only tests change. */
export interface LeaseOptions {
  /** @default 20 seconds */
  readonly renewEveryMs?: number;
}

/** How a blob is acquired. */
export interface AcquireOptions extends LeaseOptions {
  /** Acquires a damaged blob as an empty one, for a caller that replaces it. @default false */
  readonly evenDamaged?: boolean;
}

/** A JSON blob under lease. Only the holder can write it. */
export interface LeasedBlob<T> {
  /** As last saved. */
  readonly value: T;
  /** The stored text when the lease was acquired. */
  readonly text: string;
  /** Why that text is damaged. Only with `evenDamaged`. */
  readonly problem?: string;
  /** Aborts when the lease could not be renewed. */
  readonly leaseLost: AbortSignal;
  /** Replaces it in one conditional write. @throws UnavailableError when the lease is lost or the blob is newer */
  save(next: T): Promise<void>;
  /** Releases the lease. Never throws: an unreleased lease expires within a minute. */
  release(): Promise<void>;
}

/** The form of a leased blob, with its initial value. */
export interface BlobForm<T> extends StoredForm<T> {
  readonly empty: T;
}

/**
 * Acquires the lease of a blob. Creates the blob with its empty value if it does not exist.
 * @returns `busy` when another process holds the lease
 * @throws UnavailableError | SettingError when storage cannot be used, or the blob is damaged
 */
export async function acquireBlob<T>(
  container: ContainerClient,
  blob: BlockBlobClient,
  form: BlobForm<T>,
  { evenDamaged = false, renewEveryMs = RENEW_EVERY_MS }: AcquireOptions = {},
): Promise<LeasedBlob<T> | 'busy'> {
  try {
    const lease = blob.getBlobLeaseClient();
    await lease.acquireLease(LEASE_SECONDS).catch(async (error: unknown) => {
      if (storageStatus(error) !== 404) throw error;
      await createEmpty(container, blob, form);
      await lease.acquireLease(LEASE_SECONDS);
    });
    return await open(container, blob, form, lease, { evenDamaged, renewEveryMs });
  } catch (error) {
    if ((error as { code?: string }).code === 'LeaseAlreadyPresent') return 'busy';
    throw storageError(`acquiring the lease of ${form.what}`, error);
  }
}

/** Breaks the lease of a blob. For callers that know that no run is alive. @throws the storage client's errors */
export async function endLease(blob: BlobClient): Promise<void> {
  await blob
    .getBlobLeaseClient()
    .breakLease(0)
    .catch((error: unknown) => {
      if (storageStatus(error) !== 409) throw error;
    });
}

/** Writes the empty value explicitly, so that a missing blob is never mistaken for an empty one. */
async function createEmpty<T>(
  container: ContainerClient,
  blob: BlockBlobClient,
  form: BlobForm<T>,
): Promise<void> {
  try {
    await putStored(container, blob, form, form.empty, { conditions: { ifNoneMatch: '*' } });
  } catch (error) {
    if (!isOvertaken(error)) throw error;
  }
}

async function open<T>(
  container: ContainerClient,
  blob: BlockBlobClient,
  form: BlobForm<T>,
  lease: BlobLeaseClient,
  { evenDamaged, renewEveryMs }: Required<AcquireOptions>,
): Promise<LeasedBlob<T>> {
  const abort = new AbortController();
  const lose = (error: unknown): UnavailableError => {
    const lost = new UnavailableError(
      `saving ${form.what}: the lease was lost, so another run may have begun. The next run continues from the last save.`,
      { cause: error },
    );
    abort.abort(lost);
    return lost;
  };
  const renewal = setInterval(() => void lease.renewLease().catch(lose), renewEveryMs);
  renewal.unref();
  const release = async (): Promise<void> => {
    clearInterval(renewal);
    await lease.releaseLease().catch(() => undefined);
  };
  try {
    const { text, ...stored } = await readBlob(blob);
    let { etag } = stored;
    const { problem, value: found } = readEvenDamaged(text, blob.name, form);
    if (problem !== undefined && !evenDamaged) throw problem;
    let value = found;
    return {
      ...(problem === undefined ? {} : { problem: problem.message }),
      get value() {
        return value;
      },
      text,
      leaseLost: abort.signal,
      async save(next) {
        abort.signal.throwIfAborted();
        const body = storedText(next, form);
        const conditions = { leaseId: lease.leaseId, ...(etag === undefined ? {} : { ifMatch: etag }) };
        try {
          etag = await putJson(container, blob, body, { metadata: { writer: WRITER }, conditions });
          value = next;
        } catch (error) {
          throw isOvertaken(error) || storageStatus(error) === 404
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

function readEvenDamaged<T>(
  text: string,
  name: string,
  form: BlobForm<T>,
): { readonly value: T; readonly problem?: SettingError } {
  try {
    return { value: parseStored(text, name, form) };
  } catch (error) {
    return { value: form.empty, problem: error as SettingError };
  }
}
