import { formatId, type SourceId } from '../contract/checkpoint';
import type { SeenSegments } from '../contract/run';
import { storageError, storageStatus, withContainer, type Storage } from './storage';

/** Where what was delivered is remembered. */
export const SEEN = 'seen/';

/**
 * Hashes of what was delivered as blobs that are written once: `seen/<connector>/<instance>/<source>/<bucket>/<name>`,
 * those of a part of a backfill in a folder of its own there.
 * They hold no event and nothing that one could be made from.
 */
export function createSeenSegments({ blobs }: Pick<Storage, 'blobs'>): SeenSegments {
  const pathOf = ({ connector, instance, part, source }: SourceId, name: string): string =>
    `${SEEN}${connector}/${instance}/${source}/${part === undefined ? '' : `${part}/`}${name}`;

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
        // A name is used once: an attempt before this one, whose answer was lost, wrote it.
        if (storageStatus(error) === 409) return;
        throw storageError(`remembering what ${formatId(id)} delivered`, error);
      }
    },

    async read(id, name) {
      try {
        return await blobs.getBlockBlobClient(pathOf(id, name)).downloadToBuffer();
      } catch (error) {
        if (storageStatus(error) === 404) return undefined;
        throw storageError(`reading what ${formatId(id)} delivered`, error);
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
          // It is looked for again with the next of its bucket.
        }
      }
    },
  };
}
