import type { ContainerClient } from '@azure/storage-blob';
import type { Backfill, BackfillState, Backfills } from '../../contract/backfill';
import { formatId, type SourceId } from '../../contract/checkpoint';
import { readOrReport } from '../../values/damage-errors';
import {
  isCount,
  isText,
  isTime,
  isTrue,
  mapOf,
  maybe,
  memberProblem,
  objectOf,
  oneOf,
  type StoredCheck,
  type StoredMembers,
} from '../../values/stored-checks';
import { compareIso } from '../../values/time';
import { sourceIn, sourcePath } from '../blob-paths';
import { findBlob, isOvertaken, putStored, storageError, storageStatus, type Storage } from '../storage';
import type { StoredForm } from '../stored-form';
import { DEDUP_FOLDER } from './dedup-segments';

/** The folder of backfill jobs and of the checkpoints of their slices. */
export const BACKFILLS = 'backfills';
/** The name of a job's blob in its folder. */
export const JOB_BLOB = 'order.json';
/** How often a change is tried when other processes change the job meanwhile. */
const TRIES = 10;

const STATES: readonly BackfillState[] = ['running', 'paused', 'cancelled', 'finished'];
const isPositive: StoredCheck = (value) => isCount(value) && value !== 0;
/** More slices than any job has. A plan of more would exhaust the memory of its readers. */
const MAX_PARTS = 100_000;
const isPartCount: StoredCheck = (value) => isPositive(value) && (value as number) <= MAX_PARTS;

/** The folder of one backfill, or of all of a source. */
export function backfillFolder(id: SourceId, backfill?: string): string {
  return `${sourcePath(BACKFILLS, id, ...(backfill === undefined ? [] : [backfill]))}/`;
}

/** Backfill jobs as blobs: `backfills/<connector>/<instance>/<source>/<backfill>/order.json`. */
export function createBackfills({ blobs }: Pick<Storage, 'blobs'>): Backfills {
  const blobOf = (id: SourceId, backfill: string) =>
    blobs.getBlockBlobClient(backfillFolder(id, backfill) + JOB_BLOB);

  const find = (
    id: SourceId,
    backfill: string,
  ): Promise<{ readonly value: Backfill; readonly etag: string | undefined } | undefined> =>
    findBlob(blobOf(id, backfill), jobForm(id, backfill));
  const put = async (job: Backfill, conditions: object): Promise<boolean> => {
    try {
      await putStored(blobs, blobOf(job, job.id), jobForm(job, job.id), job, { conditions });
      return true;
    } catch (error) {
      if (isOvertaken(error)) return false;
      throw storageError(`writing the backfill ${job.id} of ${formatId(job)}`, error);
    }
  };

  /** Changes an unfinished job in a conditional write. Reads it again when another process changed it meanwhile. */
  const change = async (
    id: SourceId,
    backfill: string,
    next: (job: Backfill) => Backfill,
  ): Promise<Backfill | undefined> => {
    for (let attempt = 1; ; attempt++) {
      const found = await find(id, backfill);
      if (found === undefined || isOver(found.value)) return found?.value;
      const job = next(found.value);
      if (job === found.value || (await put(job, { ifMatch: found.etag }))) return job;
      if (attempt === TRIES)
        throw storageError(
          `changing the backfill ${backfill}`,
          new Error('other processes keep changing it'),
        );
    }
  };

  return {
    async add(backfill) {
      if (await put(backfill, { ifNoneMatch: '*' })) return backfill;
      return (await find(backfill, backfill.id))?.value ?? backfill;
    },
    read: async (id, backfill) => (await find(id, backfill))?.value,
    setState: (id, backfill, state, at) =>
      change(id, backfill, (job) =>
        job.state === state ? job : { ...job, state, changedAt: at.toISOString() },
      ),
    bind: (id, backfill, account) => change(id, backfill, (job) => ({ ...job, account })),
    async *list(id, damaged) {
      const names: string[] = [];
      try {
        for await (const { name } of blobs.listBlobsFlat({
          prefix: id === undefined ? `${BACKFILLS}/` : backfillFolder(id),
        })) {
          if (name.endsWith(`/${JOB_BLOB}`)) names.push(name);
        }
      } catch (error) {
        if (storageStatus(error) !== 404) throw storageError('listing the backfills', error);
      }
      for (const name of names) {
        const { id: of, rest } = sourceIn(name) ?? {};
        const [backfill, ...deeper] = rest ?? [];
        if (of === undefined || backfill === undefined || deeper.length !== 1) continue;
        const read = find(of, backfill);
        const found = await (damaged === undefined
          ? read
          : readOrReport(read, (problem) => damaged(problem, of)));
        if (found !== undefined) yield found.value;
      }
    },
  };
}

/** True for a finished or cancelled backfill, which never changes again. */
export function isOver({ state }: Backfill): boolean {
  return state === 'finished' || state === 'cancelled';
}

function jobForm(id: SourceId, backfill: string): StoredForm<Backfill> {
  const { connector, instance, source } = id;
  const members: StoredMembers<Backfill> = {
    version: oneOf(1),
    part: maybe(isText),
    id: oneOf(backfill),
    connector: oneOf(connector),
    instance: oneOf(instance),
    source: oneOf(source),
    from: isTime,
    to: isTime,
    at: isTime,
    changedAt: isTime,
    parts: isPartCount,
    workers: isPositive,
    stepMs: isPositive,
    isCatchUp: maybe(isTrue),
    by: isText,
    state: oneOf(...STATES),
    account: maybe(mapOf(isText)),
  };
  const isBackfill = objectOf<Backfill>(members);
  return {
    what: `the backfill ${backfill} of ${formatId(id)}`,
    problemOf: (value) => (isBackfill(value) ? rangeProblem(value) : memberProblem(value, members, 1)),
    mend: `Remove ${backfillFolder(id, backfill)} and start it again: delivered events keep their EventId.`,
  };
}

function rangeProblem({ from, to }: Backfill): string | undefined {
  return compareIso(from, to) > 0 ? 'its range ends before it begins' : undefined;
}

/**
 * All blobs of the backfills that ended before a time: dedup segments and checkpoints of their slices, and the job last, so
 * that an interrupted deletion is found again. Unreadable jobs are left for an operator.
 */
export async function* endedBackfills(blobs: ContainerClient, before: Date): AsyncGenerator<string> {
  const unreadable = (): void => undefined;
  for await (const job of createBackfills({ blobs }).list(undefined, unreadable)) {
    if (!isOver(job) || job.changedAt >= before.toISOString()) continue;
    const folder = backfillFolder(job, job.id);
    const seen = `${sourcePath(DEDUP_FOLDER, job)}/${job.id}.`;
    for (const prefix of [seen, folder]) {
      for await (const { name } of blobs.listBlobsFlat({ prefix }))
        if (name !== folder + JOB_BLOB) yield name;
    }
    yield folder + JOB_BLOB;
  }
}
