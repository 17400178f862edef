import { formatId, type SourceId } from '../../contract/checkpoint';
import { SettingError } from '../../contract/errors';
import type { DedupSegments } from '../../contract/run';
import { sourcePath } from '../blob-paths';
import { storageError, storageStatus, withContainer, type Storage } from '../storage';

/** The folder of the dedup index. */
export const DEDUP_FOLDER = 'seen';

/**
 * Dedup segments as immutable blobs: `seen/<connector>/<instance>/<source>/<bucket>/<name>`. A backfill slice has its own
 * folder there. Segments contain hashes only; no event can be derived from them.
 */
export function createDedupSegments({ blobs }: Pick<Storage, 'blobs'>): DedupSegments {
  /** @param name the name of a segment, or the prefix of several, which may be a folder */
  const pathOf = (id: SourceId, name: string): string => {
    const names = name.split('/');
    const isFolder = names.at(-1) === '';
    const inFolder = isFolder ? names.slice(0, -1) : names;
    const path = sourcePath(DEDUP_FOLDER, id, ...(id.part === undefined ? [] : [id.part]), ...inFolder);
    return isFolder ? `${path}/` : path;
  };

  return {
    async put(id, name, hashes) {
      const headers = {
        blobHTTPHeaders: { blobContentType: 'application/octet-stream' },
        conditions: { ifNoneMatch: '*' },
      };
      try {
        await withContainer(blobs, () =>
          blobs.getBlockBlobClient(pathOf(id, name)).upload(hashes, hashes.byteLength, headers),
        );
      } catch (error) {
        // Names are used once: an earlier attempt, whose answer was lost, wrote it.
        if (storageStatus(error) === 409) return;
        throw storageError(`writing the dedup index of ${formatId(id)}`, error);
      }
    },

    async read(id, name, length) {
      const doing = `reading the dedup index of ${formatId(id)}`;
      const blob = blobs.getBlockBlobClient(pathOf(id, name));
      try {
        const hashes = await blob.downloadToBuffer();
        if (hashes.length === length) return hashes;
        throw new SettingError(
          `${doing}: ${blob.name} is damaged: it has ${hashes.length} bytes, not ${length}. Nothing needs to be done: what it held of events that are shown again is sent once more, under the same EventId.`,
          { isDamage: true },
        );
      } catch (error) {
        if (storageStatus(error) === 404) return undefined;
        throw storageError(doing, error);
      }
    },

    async drop(id, prefixes, kept) {
      const keptPaths = new Set([...kept].map((name) => pathOf(id, name)));
      for (const prefix of prefixes) {
        try {
          for await (const { name } of blobs.listBlobsFlat({ prefix: pathOf(id, prefix) })) {
            if (!keptPaths.has(name)) await blobs.deleteBlob(name);
          }
        } catch {
          // The next deletion in its bucket tries again.
        }
      }
    },
  };
}
