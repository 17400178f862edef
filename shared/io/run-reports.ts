import { EMPTY_LEDGER, formatId, type SourceId } from '../contract/checkpoint';
import type { RunReport, RunReports } from '../contract/run';
import { isCount, isText, isTime, maybe, memberProblem, objectOf } from '../kit/stored-values';
import { sourcePath } from './blob-paths';
import { findBlob, putJson, storageError, type Storage } from './storage';

/** Of a run's report, what those who show it rely on. */
const MEMBERS = {
  ...Object.fromEntries(Object.keys(EMPTY_LEDGER).map((count) => [count, isCount])),
  runId: isText,
  outcome: isText,
  startedAt: isTime,
  error: maybe(objectOf({ name: isText, message: isText })),
};

/** The last report of each source as a blob: `runs/<connector>/<instance>/<source>.json`. */
export function createRunReports({ blobs }: Pick<Storage, 'blobs'>): RunReports {
  const blobOf = (id: SourceId) => blobs.getBlockBlobClient(`${sourcePath('runs', id)}.json`);

  return {
    async put(report) {
      try {
        await putJson(blobs, blobOf(report), JSON.stringify(report));
      } catch (error) {
        throw storageError(`keeping the report of ${formatId(report)}`, error);
      }
    },
    async read(id) {
      const found = await findBlob<RunReport>(blobOf(id), {
        what: `the report of ${formatId(id)}`,
        problemOf: (value) => memberProblem(value, MEMBERS),
        mend: 'Nothing rests on it, and the next run of the source writes it anew; or remove it.',
      });
      return found?.value;
    },
  };
}
