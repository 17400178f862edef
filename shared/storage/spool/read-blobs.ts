import type { ContainerClient } from '@azure/storage-blob';
import { formatId, type SourceId } from '../../contract/checkpoint';
import { NEWER_VERSION, type SpoolBlob, type SpooledBody } from '../../contract/spool';
import { isPathSegment } from '../../values/names';
import { decodeBodies, decodeRemaining, remainingBodies } from './blob-format';
import { storedAt } from './counters';
import { storageError, storageStatus } from '../storage';

/** When a blob was stored that has the name of none. */
const UNKNOWN = '1970-01-01T00:00:00.000Z';

/**
 * Every blob below a source's folder, oldest first. One whose name no version writes is passed over: it cannot be
 * settled, so that what it holds would be sent again and again.
 * @param foreign is told the path of such a blob @throws UnavailableError
 */
export async function* listBlobs(
  blobs: ContainerClient,
  id: SourceId,
  prefix: string,
  foreign: (path: string) => void = () => undefined,
): AsyncGenerator<SpoolBlob> {
  try {
    for await (const item of blobs.listBlobsFlat({ prefix, includeMetadata: true })) {
      const name = item.name.slice(prefix.length);
      const bytes = item.properties.contentLength ?? 0;
      if (isPathSegment(name)) yield { name, bytes, ...decodeRemaining(item.metadata) };
      else foreign(item.name);
    }
  } catch (error) {
    if (storageStatus(error) !== 404) throw storageError(`listing the spool of ${formatId(id)}`, error);
  }
}

/** The bodies that are left in a blob; `newer` where a newer version wrote it. @throws UnavailableError */
export async function readBodies(
  blobs: ContainerClient,
  id: SourceId,
  prefix: string,
  blob: SpoolBlob,
): Promise<SpooledBody[] | 'newer'> {
  let content: Buffer;
  try {
    content = await blobs.getBlobClient(`${prefix}${blob.name}`).downloadToBuffer();
  } catch (error) {
    throw storageError(`reading the spool of ${formatId(id)}`, error);
  }
  const decoded = decodeBodies(content);
  return decoded === 'newer' ? decoded : remainingBodies(decoded, blob, storedAt(blob.name) ?? UNKNOWN);
}

/** What of the blobs that a listing found is not delivered, and what to do. */
export function blobsProblem(
  id: SourceId,
  listed: readonly SpoolBlob[],
  foreign: readonly string[],
): readonly string[] {
  const newer = listed.filter(({ isNewer }) => isNewer === true).map(({ name }) => name);
  const problems = [
    ...(newer.length === 0 ? [] : [`${several(newer)} ${NEWER_VERSION}`]),
    ...(foreign.length === 0 ? [] : [`${several(foreign)} ${FOREIGN}`]),
  ];
  return problems.map((problem) => `delivering ${formatId(id)}: ${problem}`);
}

function several([first = '', ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first}, and ${more.length} more,`;
}

const FOREIGN =
  'cannot be delivered, because no version gives such a name. It is left where it is, and the others are delivered. If it holds what was pushed, copy it to a name of letters, digits, "-" and "." in the same folder; then remove it.';
