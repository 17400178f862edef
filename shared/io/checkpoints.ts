import type { BlockBlobClient } from '@azure/storage-blob';
import {
  EMPTY_CHECKPOINT,
  formatId,
  type Checkpoint,
  type CheckpointStore,
  type HeldPart,
  type SourceId,
} from '../contract/checkpoint';
import { ContractError } from '../contract/errors';
import type { Json } from '../contract/json';
import type { Leases } from '../contract/operator';
import { parseJson } from '../kit/json';
import { checkpointProblem } from '../kit/stored-checkpoint';
import { BACKFILLS, backfillFolder } from './backfills';
import { endLease, holdBlob, type BlobForm, type LeaseOptions } from './held-blob';
import { findBlob, storageError, storageStatus, type Storage } from './storage';

const PREFIX = 'checkpoints/';

/**
 * Checkpoints as blobs: `checkpoints/<connector>/<instance>/<source>.json`, those of a backfill's parts beside its
 * order. One lease a run; every write
 * carries the lease and If-Match, so that of two runs only one can go on.
 */
export function createCheckpoints(
  { blobs }: Pick<Storage, 'blobs'>,
  options: LeaseOptions = {},
): CheckpointStore & Leases {
  const blobOf = (id: SourceId): BlockBlobClient => blobs.getBlockBlobClient(nameOf(id));

  return {
    async hold(id, { evenDamaged = false } = {}) {
      const form = formOf(id);
      let problem: string | undefined;
      const parseAnything = (text: string): Checkpoint => {
        try {
          return form.parse(text);
        } catch (error) {
          problem = (error as Error).message;
          return EMPTY_CHECKPOINT;
        }
      };
      const lenient = evenDamaged ? { ...form, parse: parseAnything } : form;
      const held = await holdBlob(blobs, blobOf(id), lenient, options);
      if (held === 'busy') return held;
      return {
        get checkpoint() {
          return held.value;
        },
        text: held.text,
        lost: held.lost,
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
        throw storageError(`asking for the lease of ${formatId(id)}`, error);
      }
    },

    async *list() {
      try {
        for await (const { name } of blobs.listBlobsFlat({ prefix: PREFIX })) {
          const [connector, instance, file] = name.slice(PREFIX.length).split('/');
          if (connector === undefined || instance === undefined || file === undefined) continue;
          yield { connector, instance, source: file.replace(/\.json$/, '') };
        }
      } catch (error) {
        if (storageStatus(error) !== 404) throw storageError('listing the checkpoints', error);
      }
    },

    async parts(id, backfill) {
      const prefix = backfillFolder(id, backfill);
      const found: HeldPart[] = [];
      try {
        for await (const { name, properties } of blobs.listBlobsFlat({ prefix })) {
          const number = /^(\d+)\.json$/.exec(name.slice(prefix.length))?.[1];
          if (number !== undefined)
            found.push({ number: Number(number), isHeld: properties.leaseState === 'leased' });
        }
        return found;
      } catch (error) {
        if (storageStatus(error) === 404) return [];
        throw storageError(`listing the parts of the backfill ${backfill}`, error);
      }
    },

    async breakLeases() {
      try {
        for (const prefix of [PREFIX, BACKFILLS]) {
          for await (const { name } of blobs.listBlobsFlat({ prefix })) {
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
    ? `${PREFIX}${id.connector}/${id.instance}/${id.source}.json`
    : `${backfillFolder(id, backfill)}${number}.json`;
}

/** The checkpoint of a source, or of a part of a backfill, as a blob. */
function formOf(id: SourceId): BlobForm<Checkpoint> {
  return {
    what: `the checkpoint of ${formatId(id)}`,
    empty: EMPTY_CHECKPOINT,
    parse: (text) => parse(id, text),
  };
}

/** @throws ContractError for what no version of the framework wrote: it must be looked at, not overwritten */
function parse(id: SourceId, text: string): Checkpoint {
  const damaged = (what: string, cause?: unknown): ContractError =>
    id.part === undefined
      ? new ContractError(
          `reading the checkpoint of ${formatId(id)}: ${what}. It is never taken for a first run: put an exported one in its place with "tributary state import", or begin anew with "tributary state reset".`,
          { cause },
        )
      : new ContractError(
          `reading the checkpoint of ${formatId(id)}: ${what}. It is never taken for a first run: remove ${nameOf(id)}, and the part is read again, with the same EventId.`,
          { cause },
        );
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    throw damaged('it is not JSON', error);
  }
  const problem = checkpointProblem(value);
  if (problem !== undefined) throw damaged(problem);
  return value as unknown as Checkpoint;
}
