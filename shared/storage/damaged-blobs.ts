import type { BlobClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import type { OnDamage } from '../contract/operator';
import { SettingError } from '../contract/errors';
import type { Clock } from '../contract/run';
import { isDamage } from '../values/damage-errors';
import { pathOf } from './blob-paths';
import { isOvertaken, readBlob, storageError, storageStatus, withContainer } from './storage';
import { parseStored, type StoredForm } from './stored-form';

/** How often a blob is read that other processes damage meanwhile. */
const TRIES = 5;

/** The dependencies for keeping a damaged blob. */
interface Quarantine {
  readonly blobs: ContainerClient;
  /** The name of a copy begins with the day. `RETENTION_DAYS` counts from it. */
  readonly clock: Clock;
  /** Called once for each damaged blob, in the process that moved it. */
  readonly damaged: OnDamage;
}

/**
 * Reads a blob that can be reset without losing events, such as a cache. A damaged one is moved, bytes unchanged, to
 * `damaged/<its name>/<day>-<version>`, and the next write creates a new one. Each step is conditional on the version that
 * was read, so that only one of several processes moves the blob.
 * @returns `undefined` when the blob does not exist or was damaged
 * @throws UnavailableError | SettingError when storage cannot be used
 */
export async function findOrReset<T>(
  blob: BlockBlobClient,
  form: StoredForm<T>,
  { blobs, clock, damaged }: Quarantine,
): Promise<{ readonly value: T; readonly etag: string | undefined } | undefined> {
  try {
    for (let tries = 1; ; tries++) {
      const { bytes, etag, text } = await readBlob(blob);
      try {
        return { value: parseStored(text, blob.name, form), etag };
      } catch (error) {
        if (!isDamage(error) || tries === TRIES) throw error;
        const copy = await keepDamaged(blobs, blob, { bytes, etag }, clock);
        if (await removeVersion(blob, etag)) damaged(asKept(error, copy));
      }
    }
  } catch (error) {
    if (storageStatus(error) === 404) return undefined;
    throw storageError(`reading ${form.what}`, error);
  }
}

/** Copies the bytes of one version of a blob, once. @returns the name of the copy @throws the storage client's errors */
async function keepDamaged(
  blobs: ContainerClient,
  { name }: Pick<BlobClient, 'name'>,
  { bytes, etag = '' }: { readonly bytes: Buffer; readonly etag: string | undefined },
  clock: Clock,
): Promise<string> {
  const day = clock.now().toISOString().slice(0, 10);
  const copy = pathOf('damaged', ...name.split('/'), `${day}-${etag.replace(/\W/g, '')}`);
  try {
    const conditions = { ifNoneMatch: '*' };
    await withContainer(blobs, () =>
      blobs.getBlockBlobClient(copy).upload(bytes, bytes.length, { conditions }),
    );
  } catch (error) {
    if (!isOvertaken(error)) throw error;
  }
  return copy;
}

/** Adds the name of the copy to the error of a damaged blob. */
function asKept({ message }: SettingError, copy: string): SettingError {
  return new SettingError(`${message} Its bytes are kept as ${copy} for RETENTION_DAYS.`, { isDamage: true });
}

/** @returns false when another process removed or replaced it */
async function removeVersion(blob: BlobClient, etag: string | undefined): Promise<boolean> {
  try {
    await blob.delete(etag === undefined ? {} : { conditions: { ifMatch: etag } });
    return true;
  } catch (error) {
    if (storageStatus(error) === 404 || isOvertaken(error)) return false;
    throw error;
  }
}
