import type { BlobClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import type { OnDamage } from '../contract/operator';
import { SettingError } from '../contract/errors';
import type { Clock } from '../contract/run';
import { isDamage } from '../values/damage-errors';
import { pathOf } from './blob-paths';
import { isOvertaken, readBlob, storageError, storageStatus, withContainer } from './storage';
import { parseStored, type StoredForm } from './stored-form';

/** How often a blob that others damage meanwhile is read again. */
const TRIES = 5;

/** What a damaged blob is kept with. */
interface Quarantine {
  readonly blobs: ContainerClient;
  /** The day of a copy is the first part of its name: by it the copy is deleted after `RETENTION_DAYS`. */
  readonly clock: Clock;
  /** Told once for each damaged blob, by whichever process replaced it. */
  readonly damaged: OnDamage;
}

/**
 * What a blob holds from which nothing is lost when it begins anew, such as a cache. A damaged one is moved to
 * `damaged/<its name>/<day>-<version>` with its bytes as they are, so that whoever reads next begins anew.
 * Each step has a condition on the version that was read: of processes that meet one blob, one moves it.
 * @returns `undefined` where there is none, also because it was damaged
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

/** Keeps the bytes of one version of a blob, once. @returns the name of the copy @throws the storage client's own errors */
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

/** What is told of a damaged blob once its bytes are kept elsewhere. */
function asKept({ message }: SettingError, copy: string): SettingError {
  return new SettingError(`${message} Its bytes are kept as ${copy} for RETENTION_DAYS.`, { isDamage: true });
}

/** @returns false where another removed or replaced it */
async function removeVersion(blob: BlobClient, etag: string | undefined): Promise<boolean> {
  try {
    await blob.delete(etag === undefined ? {} : { conditions: { ifMatch: etag } });
    return true;
  } catch (error) {
    if (storageStatus(error) === 404 || isOvertaken(error)) return false;
    throw error;
  }
}
