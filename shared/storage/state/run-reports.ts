import type { BudgetUse } from '../../contract/budget';
import { formatId, type SourceId } from '../../contract/checkpoint';
import type { Json } from '../../contract/json';
import type { RunReport, RunReports } from '../../contract/run';
import type { SpoolLedger } from '../../contract/spool';
import { LEDGER, isGone } from './stored-checkpoint';
import {
  isAmount,
  isCount,
  isNumber,
  isText,
  isTime,
  listOf,
  maybe,
  memberProblem,
  objectOf,
  type StoredMembers,
} from '../../values/stored-checks';
import { sourcePath } from '../blob-paths';
import { findBlob, putStored, storageError, type Storage } from '../storage';
import type { StoredForm } from '../stored-form';

const SPOOL: StoredMembers<SpoolLedger> = {
  stored: isCount,
  delivered: isCount,
  filtered: isCount,
  dead: isCount,
  duplicate: isCount,
  pending: isCount,
};

const BUDGET: StoredMembers<BudgetUse> = {
  requests: isCount,
  waitedMs: isNumber,
  usedShare: isAmount,
  fullAt: maybe(isTime),
};

const MEMBERS: StoredMembers<RunReport> = {
  ...LEDGER,
  connector: isText,
  instance: isText,
  source: isText,
  part: maybe(isText),
  runId: isText,
  table: isText,
  pages: isCount,
  drifted: isCount,
  leftColumns: maybe(listOf(isText)),
  unremembered: maybe(isCount),
  leftPartitions: maybe(isCount),
  startedAt: isTime,
  // Negative when the clock was set back.
  durationMs: isNumber,
  outcome: isText,
  oldest: maybe(isTime),
  newest: maybe(isTime),
  spool: maybe(objectOf<SpoolLedger>(SPOOL)),
  coveredFrom: maybe(isTime),
  coveredTo: maybe(isTime),
  outOfOrder: maybe(isCount),
  mayBeCut: maybe(isCount),
  windowsDone: maybe(isCount),
  gone: maybe(listOf(isGone)),
  setAside: maybe(isCount),
  budget: maybe(objectOf<BudgetUse>(BUDGET)),
  resumeAt: maybe(isTime),
  waitsFor: maybe(isText),
  waitingSince: maybe(isTime),
  failingSince: maybe(isTime),
  withoutProgress: maybe(isCount),
  progressAt: maybe(isTime),
  error: maybe(objectOf({ name: isText, message: isText })),
};

/** Why a value is not a run report; `undefined` if it is. */
export function reportProblem(value: Json): string | undefined {
  return memberProblem<RunReport>(value, MEMBERS);
}

/** The last report of each source as a blob: `runs/<connector>/<instance>/<source>.json`. */
export function createRunReports({ blobs }: Pick<Storage, 'blobs'>): RunReports {
  const blobOf = (id: SourceId) => blobs.getBlockBlobClient(`${sourcePath('runs', id)}.json`);

  return {
    async put(report) {
      try {
        await putStored(blobs, blobOf(report), formOf(report), report);
      } catch (error) {
        throw storageError(`storing the report of ${formatId(report)}`, error);
      }
    },
    async read(id) {
      return (await findBlob(blobOf(id), formOf(id)))?.value;
    },
  };
}

function formOf(id: SourceId): StoredForm<RunReport> {
  return {
    what: `the report of ${formatId(id)}`,
    problemOf: reportProblem,
    mend: 'Nothing depends on it. The next run of the source replaces it, or remove it.',
  };
}
