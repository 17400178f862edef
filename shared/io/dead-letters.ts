import { formatId } from '../contract/checkpoint';
import type { Clock, DeadLetters } from '../contract/run';
import { storageError, withContainer, type Storage } from './storage';

/**
 * Dead letters as blobs, one for each page that has any, a JSON line each:
 * `dead-letters/<connector>/<instance>/<source>/<day>/<run>-<page>.jsonl`. They hold customers' records.
 */
export function createDeadLetters({ blobs }: Pick<Storage, 'blobs'>, clock: Clock): DeadLetters {
  return {
    async put(id, { runId, page }, letters) {
      const at = clock.now().toISOString();
      const name = `dead-letters/${id.connector}/${id.instance}/${id.source}/${at.slice(0, 10)}/${runId}-${page}.jsonl`;
      const body = letters.map((letter) => `${JSON.stringify({ at, ...id, runId, ...letter })}\n`).join('');
      const headers = { blobHTTPHeaders: { blobContentType: 'application/x-ndjson' } };
      try {
        await withContainer(blobs, () =>
          blobs.getBlockBlobClient(name).upload(body, Buffer.byteLength(body), headers),
        );
      } catch (error) {
        throw storageError(`keeping the dead letters of ${formatId(id)}`, error);
      }
    },
  };
}
