import type { ContainerClient } from '@azure/storage-blob';
import { backfillFolder, createBackfills, isOver, JOB_BLOB } from './backfills';
import { sourcePath } from '../blob-paths';
import { DEDUP_FOLDER } from './dedup-segments';

/**
 * All blobs of the backfills that ended before a time: dedup segments and checkpoints of their slices, and the job last, so
 * that an interrupted deletion is found again. Unreadable jobs are left for an operator.
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
