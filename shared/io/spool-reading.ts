import type { ContainerClient } from '@azure/storage-blob';
import { formatId, type SourceId } from '../contract/checkpoint';
import { SettingError } from '../contract/errors';
import type { SpoolBlob, SpooledBody } from '../contract/spool';
import { decodeBodies, decodeRemainder, leftOf } from './spool-blob';
import { storedAt } from './spool-totals';
import { storageError, storageStatus } from './storage';

/** When a blob was stored that has the name of none. */
const UNKNOWN = '1970-01-01T00:00:00.000Z';

/** Every blob below a source's folder, oldest first. @throws UnavailableError */
export async function* listBlobs(
  blobs: ContainerClient,
  id: SourceId,
  prefix: string,
): AsyncGenerator<SpoolBlob> {
  try {
    for await (const { metadata, name, properties } of blobs.listBlobsFlat({ prefix, includeMetadata: true }))
      yield {
        name: name.slice(prefix.length),
        bytes: properties.contentLength ?? 0,
        ...decodeRemainder(metadata),
      };
  } catch (error) {
    if (storageStatus(error) !== 404) throw storageError(`listing the spool of ${formatId(id)}`, error);
  }
}

/** The bodies that are left in a blob. @throws UnavailableError; SettingError where a newer version wrote it */
export async function readBodies(
  blobs: ContainerClient,
  id: SourceId,
  prefix: string,
  blob: SpoolBlob,
): Promise<SpooledBody[]> {
  const doing = `reading the spool of ${formatId(id)}`;
  let content: Buffer;
  try {
    content = await blobs.getBlobClient(`${prefix}${blob.name}`).downloadToBuffer();
  } catch (error) {
    throw storageError(doing, error);
  }
  const decoded = decodeBodies(content);
  if (decoded !== 'newer') return leftOf(decoded, blob, storedAt(blob.name) ?? UNKNOWN);
  throw new SettingError(
    `${doing}: a newer version of Tributary wrote ${blob.name}. Run that version again; what is pushed waits until then.`,
  );
}
