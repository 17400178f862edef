import type { BlockBlobClient } from '@azure/storage-blob';
import {
  EMPTY_CHECKPOINT,
  formatId,
  type Checkpoint,
  type CheckpointStore,
  type SliceLease,
  type SourceId,
} from '../../contract/checkpoint';
import type { Leases } from '../../contract/operator';
import { checkpointProblem, sliceProblem } from './stored-checkpoint';
import { BACKFILLS, backfillFolder } from './backfills';
import { sourceIn, sourcePath } from '../blob-paths';
import { endLease, acquireBlob, type BlobForm, type LeaseOptions } from '../leased-blob';
import { findBlob, storageError, storageStatus, type Storage } from '../storage';
import { damagedBlob } from '../stored-form';

const CHECKPOINTS = 'checkpoints';

/**
 * Checkpoints as blobs: `checkpoints/<connector>/<instance>/<source>.json`; those of backfill slices are beside the job. A
 * run holds one lease. Every write carries the lease id and If-Match, so that only one of two runs can continue.
 */
export function createCheckpoints(
  { blobs }: Pick<Storage, 'blobs'>,
  options: LeaseOptions = {},
): CheckpointStore & Leases {
  const blobOf = (id: SourceId): BlockBlobClient => blobs.getBlockBlobClient(nameOf(id));

  return {
    async acquire(id, { evenDamaged = false } = {}) {
      const held = await acquireBlob(blobs, blobOf(id), formOf(id), { ...options, evenDamaged });
      if (held === 'busy') return held;
      const { leaseLost, problem, text } = held;
      return {
        get checkpoint() {
          return held.value;
        },
        text,
        leaseLost,
        damaged: (found) => damagedBlob(nameOf(id), formOf(id), found),
        save: (next) => held.save(next),
        release: () => held.release(),
        ...(problem === undefined ? {} : { problem }),
      };
    },

    read: async (id) => (await findBlob(blobOf(id), formOf(id)))?.value,

    async lease(id) {
      try {
        const { leaseState, metadata } = await blobOf(id).getProperties();
        const lastWriter = metadata?.['writer'];
        return { isHeld: leaseState === 'leased', ...(lastWriter === undefined ? {} : { lastWriter }) };
      } catch (error) {
        if (storageStatus(error) === 404) return undefined;
        throw storageError(`reading the lease of ${formatId(id)}`, error);
      }
    },

    async *list() {
      try {
        for await (const { name } of blobs.listBlobsFlat({ prefix: `${CHECKPOINTS}/` })) {
          const found = sourceIn(name);
          if (found?.rest.length === 0) yield found.id;
        }
      } catch (error) {
        if (storageStatus(error) !== 404) throw storageError('listing the checkpoints', error);
      }
    },

    async sliceLeases(id, backfill) {
      const prefix = backfillFolder(id, backfill);
      const found: SliceLease[] = [];
      try {
        for await (const { name, properties } of blobs.listBlobsFlat({ prefix })) {
          const number = /^(\d+)\.json$/.exec(name.slice(prefix.length))?.[1];
          if (number !== undefined)
            found.push({ number: Number(number), isLeased: properties.leaseState === 'leased' });
        }
        return found;
      } catch (error) {
        if (storageStatus(error) === 404) return [];
        throw storageError(`listing the slices of the backfill ${backfill}`, error);
      }
    },

    async breakLeases() {
      try {
        for (const folder of [CHECKPOINTS, BACKFILLS]) {
          for await (const { name } of blobs.listBlobsFlat({ prefix: `${folder}/` })) {
            await endLease(blobs.getBlobClient(name));
          }
        }
      } catch (error) {
        if (storageStatus(error) !== 404) throw storageError('ending the leases', error);
      }
    },
  };
}

function nameOf(id: SourceId): string {
  const [backfill, number] = id.part?.split('.') ?? [];
  return backfill === undefined
    ? `${sourcePath(CHECKPOINTS, id)}.json`
    : sourcePath(BACKFILLS, id, backfill, `${number}.json`);
}

/** The form of the checkpoint of a source or of a backfill slice. */
function formOf(id: SourceId): BlobForm<Checkpoint> {
  const name = formatId(id);
  const mend =
    id.part === undefined
      ? `restore a replaced one with "npx tributary state restore ${name}", import an exported one with "npx tributary state import", set the time to read from with "npx tributary state set ${name} --since <time>", or start over with "npx tributary state reset ${name}".`
      : `remove ${nameOf(id)}, and the slice is read again, with the same EventIds.`;
  return {
    what: `the checkpoint of ${name}`,
    empty: EMPTY_CHECKPOINT,
    problemOf: id.part === undefined ? checkpointProblem : sliceProblem,
    mend: `It is not treated as a first run: ${mend}`,
  };
}
