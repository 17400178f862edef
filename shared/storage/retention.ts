import type { ContainerClient } from '@azure/storage-blob';
import type { Clock } from '../contract/run';
import { endedBackfills } from './state/backfills';
import type { AppSettings } from '../settings/app-settings';
import { storageError, storageStatus, type Storage } from './storage';
import { orphanedSegments } from './state/orphaned-segments';

const DAY_MS = 24 * 3_600_000;
/** The most blobs that one sweep deletes, so that it ends in time. The next sweep continues. */
const MAX_DELETED = 1_000;
/**
 * Folders of customers' records that retention applies to. Below a source, each folder or blob begins with its day. The
 * spool is not among them: its records are still to be delivered, at any age.
 */
const FOLDERS = ['dead-letters/', 'backups/', 'damaged/'];
const DAY = /^\d{4}-\d\d-\d\d/;

/** Options that only tests change. */
export interface RetentionOptions {
  /** @default 1,000 */
  readonly maxDeleted?: number;
}

/** @returns how many blobs were deleted @throws SettingError | UnavailableError */
export type DeleteOld = () => Promise<number>;

/**
 * Deletes blobs older than `RETENTION_DAYS`, by the day in their names; dedup segments of that age that no checkpoint
 * names; and backfills that ended longer than `RUN_HISTORY_DAYS` ago.
 */
export function createRetention(
  { blobs }: Pick<Storage, 'blobs'>,
  { retentionDays, runHistoryDays }: Pick<AppSettings, 'retentionDays' | 'runHistoryDays'>,
  clock: Clock,
  { maxDeleted = MAX_DELETED }: RetentionOptions = {},
): DeleteOld {
  return async () => {
    const daysAgo = (days: number): Date => new Date(clock.now().getTime() - days * DAY_MS);
    const keptSince = daysAgo(retentionDays()).toISOString().slice(0, 10);
    // Copies of checkpoints go first: a segment that only an old copy names then goes too.
    const all = [
      ...FOLDERS.map((folder) => older(blobs, folder, keptSince)),
      orphanedSegments(blobs, new Date(keptSince)),
      endedBackfills(blobs, daysAgo(runHistoryDays)),
    ];
    let deleted = 0;
    try {
      for (const names of all) {
        for await (const name of names) {
          if (deleted === maxDeleted) return deleted;
          await blobs.deleteBlob(name);
          deleted++;
        }
      }
      return deleted;
    } catch (error) {
      if (storageStatus(error) === 404) return deleted;
      throw storageError('deleting what RETENTION_DAYS no longer keeps', error);
    }
  };
}

/** The blobs below a folder from before a day. Lists the contents of old days only. */
async function* older(blobs: ContainerClient, prefix: string, keptSince: string): AsyncGenerator<string> {
  for await (const item of blobs.listBlobsByHierarchy('/', { prefix })) {
    const day = DAY.exec(item.name.slice(prefix.length))?.[0];
    const isOld = day !== undefined && day < keptSince;
    if (item.kind === 'blob') {
      if (isOld) yield item.name;
    } else if (isOld) {
      for await (const { name } of blobs.listBlobsFlat({ prefix: item.name })) yield name;
    } else if (day === undefined) {
      yield* older(blobs, item.name, keptSince);
    }
  }
}
