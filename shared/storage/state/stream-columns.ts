import type { StreamColumns, Streams } from '../../contract/workspace';
import { pathOf } from '../blob-paths';
import { isTime, mapOf, memberProblem } from '../../values/stored-checks';
import { findBlob, putStored, storageError, type Storage } from '../storage';
import type { StoredForm } from '../stored-form';

/** The known columns of each table's stream as blobs: `streams/<table>.json`. They contain names of columns and no records. */
export function createStreams({ blobs }: Pick<Storage, 'blobs'>): Streams {
  const blobOf = (table: string) => blobs.getBlockBlobClient(pathOf('streams', `${table}.json`));

  return {
    async read(table) {
      return (await findBlob(blobOf(table), formOf(table)))?.value;
    },
    async write(table, columns) {
      try {
        await putStored(blobs, blobOf(table), formOf(table), columns);
      } catch (error) {
        throw storageError(`storing the columns of the stream of ${table}`, error);
      }
    },
  };
}

function formOf(table: string): StoredForm<StreamColumns> {
  return {
    what: `the columns of the stream of ${table}`,
    problemOf: (value) => memberProblem(value, { columns: mapOf(isTime) }, 1),
    mend: `Run "npx tributary tables --apply ${table}", which replaces it.`,
  };
}
