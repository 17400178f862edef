import type { ContainerClient } from '@azure/storage-blob';
import { backfillFolder, createBackfills, isOver, JOB_BLOB } from './backfills';
import { sourcePath } from '../blob-paths';
import { DEDUP_FOLDER } from './dedup-segments';

/**
 * Every blob of the backfills that ended before a time: what their parts have seen, where these stand, and the order
 * last, so that one whose deletion was cut short is found again. One that cannot be read is left for a person.
 */
export async function* endedBackfills(blobs: ContainerClient, before: Date): AsyncGenerator<string> {
  const unreadable = (): void => undefined;
  for await (const order of createBackfills({ blobs }).list(undefined, unreadable)) {
    if (!isOver(order) || order.changedAt >= before.toISOString()) continue;
    const folder = backfillFolder(order, order.id);
    const seen = `${sourcePath(DEDUP_FOLDER, order)}/${order.id}.`;
    for (const prefix of [seen, folder]) {
      for await (const { name } of blobs.listBlobsFlat({ prefix }))
        if (name !== folder + JOB_BLOB) yield name;
    }
    yield folder + JOB_BLOB;
  }
}
