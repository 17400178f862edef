import { formatId, type SourceId } from '../contract/checkpoint';
import type { RunReport, RunReports } from '../contract/run';
import { findBlob, putJson, storageError, type Storage } from './storage';

/** The last report of each source as a blob: `runs/<connector>/<instance>/<source>.json`. */
export function createRunReports({ blobs }: Pick<Storage, 'blobs'>): RunReports {
  const blobOf = ({ connector, instance, source }: SourceId) =>
    blobs.getBlockBlobClient(`runs/${connector}/${instance}/${source}.json`);

  return {
    async put(report) {
      try {
        await putJson(blobs, blobOf(report), JSON.stringify(report));
      } catch (error) {
        throw storageError(`keeping the report of ${formatId(report)}`, error);
      }
    },
    async read(id) {
      const what = `the report of ${formatId(id)}`;
      return (await findBlob(blobOf(id), { what, parse: (text) => JSON.parse(text) as RunReport }))?.value;
    },
  };
}
