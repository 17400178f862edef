import { formatId, type SourceId } from '../../contract/checkpoint';
import type { Backup, Backups } from '../../contract/operator';
import type { Clock } from '../../contract/run';
import { sourcePath } from '../blob-paths';
import { putJson, storageError, storageStatus, type Storage } from '../storage';

/** Copies of checkpoints: `backups/<connector>/<instance>/<source>/<time>.json`. `sweep` deletes those older than `RETENTION_DAYS`. */
export function createBackups({ blobs }: Pick<Storage, 'blobs'>, clock: Clock): Backups {
  const folderOf = (id: SourceId): string => `${sourcePath('backups', id)}/`;
  return {
    async put(id, text) {
      const now = clock.now();
      const name = `${folderOf(id)}${now.toISOString().replace(/:/g, '-')}.json`;
      try {
        await putJson(blobs, blobs.getBlockBlobClient(name), text);
        return name;
      } catch (error) {
        throw storageError(`storing a backup of the checkpoint of ${formatId(id)}`, error);
      }
    },
    async list(id) {
      const found: Backup[] = [];
      try {
        for await (const { name } of blobs.listBlobsFlat({ prefix: folderOf(id) })) {
          const text = (await blobs.getBlobClient(name).downloadToBuffer()).toString('utf8');
          const time = name.slice(folderOf(id).length).replace(/\.json$/, '');
          found.push({ name, at: time.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:'), text });
        }
      } catch (error) {
        if (storageStatus(error) === 404) return [];
        throw storageError(`reading the backups of the checkpoint of ${formatId(id)}`, error);
      }
      return found.reverse();
    },
  };
}
