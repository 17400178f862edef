import type { ContainerClient } from '@azure/storage-blob';
import type { Clock } from '../contract/run';
import { endedBackfills } from './state/ended-backfills';
import type { AppSettings } from '../settings/app-settings';
import { storageError, storageStatus, type Storage } from './storage';
import { orphanedSegments } from './state/orphaned-segments';

const DAY_MS = 24 * 3_600_000;
/** What one sweep deletes at most, so that it ends in time; the next one goes on. */
const MAX_DELETED = 1_000;
/**
 * Where customers' records rest that nobody waits for any more. In each, a folder or a blob below a source begins with
 * its day; what lies in the spool is still to be delivered, and is never deleted for its age.
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
 * Deletes what has been kept for `RETENTION_DAYS`: whole blobs, by the day that stands in their names, and what windows
 * have seen that no state names any more. And the backfills that ended before the history of runs begins.
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
    // Copies of states go first: what only an old one names goes with it.
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
      throw storageError('deleting what has been kept long enough', error);
    }
  };
}

/** The blobs below a folder that are of a day before; days are listed, and what they hold only of old ones. */
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
