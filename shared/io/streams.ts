import type { StreamColumns, Streams } from '../contract/workspace';
import { pathOf } from './blob-paths';
import { isTime, mapOf, memberProblem } from '../kit/stored-values';
import { findBlob, putJson, storageError, type Storage } from './storage';

/** What is known of each table's stream as a blob: `streams/<table>.json`. Names of columns, no record. */
export function createStreams({ blobs }: Pick<Storage, 'blobs'>): Streams {
  const blobOf = (table: string) => blobs.getBlockBlobClient(pathOf('streams', `${table}.json`));

  return {
    async read(table) {
      const found = await findBlob<StreamColumns>(blobOf(table), {
        what: `what is known of the stream of ${table}`,
        problemOf: (value) => memberProblem(value, { columns: mapOf(isTime) }, 1),
        mend: `Run "npx tributary tables --apply ${table}", which writes it anew.`,
      });
      return found?.value;
    },
    async write(table, columns) {
      try {
        await putJson(blobs, blobOf(table), JSON.stringify(columns));
      } catch (error) {
        throw storageError(`keeping what is known of the stream of ${table}`, error);
      }
    },
  };
}
