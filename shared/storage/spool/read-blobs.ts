import type { ContainerClient } from '@azure/storage-blob';
import { formatId, type SourceId } from '../../contract/checkpoint';
import { NEWER_VERSION, type SpoolBlob, type SpooledBody } from '../../contract/spool';
import { isPathSegment } from '../../values/names';
import { decodeBodies, decodeRemaining, remainingBodies } from './blob-format';
import { storedAt } from './counters';
import { storageError, storageStatus } from '../storage';

/** The time of storage for a blob whose name has none. */
const UNKNOWN = '1970-01-01T00:00:00.000Z';

/** The three levels of folders below a prefix, without what lies in them. */
export async function* spoolPaths(blobs: ContainerClient, root: string): AsyncGenerator<string> {
  const below = async (prefix: string): Promise<string[]> => {
    const found: string[] = [];
    try {
      for await (const item of blobs.listBlobsByHierarchy('/', { prefix }))
        if (item.kind === 'prefix') found.push(item.name);
    } catch (error) {
      if (storageStatus(error) !== 404) throw storageError('listing the spool', error);
    }
    return found;
  };
  for (const connector of await below(root))
    for (const instance of await below(connector))
      for (const source of await below(instance)) yield source.slice(0, -1);
}

/**
 * All blobs below a source's folder, oldest first. Skips blobs whose name no version writes: they cannot be committed, so
 * that their records would be sent again and again.
 * @param foreign called with the path of each skipped blob @throws UnavailableError
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

/** The remaining bodies of a blob; `newer` if a newer version wrote it. @throws UnavailableError */
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

/** The listed blobs that cannot be delivered, and what to do, as sentences. */
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
  'cannot be delivered, because no version writes such a name. It stays there, and the others are delivered. If it holds pushed records, copy it to a name of letters, digits, "-" and "." in the same folder; then remove it.';
