import { hostname } from 'node:os';
import type { BlobLeaseClient, BlockBlobClient } from '@azure/storage-blob';
import {
  EMPTY_CHECKPOINT,
  formatId,
  type Checkpoint,
  type CheckpointStore,
  type HeldCheckpoint,
  type HeldPart,
  type SourceId,
} from '../contract/checkpoint';
import { ContractError, UnavailableError } from '../contract/errors';
import type { Json, JsonObject } from '../contract/json';
import type { Leases } from '../contract/operator';
import { parseJson, stringifyJson } from '../kit/json';
import { checkpointProblem } from '../kit/stored-checkpoint';
import { BACKFILLS, backfillFolder } from './backfills';
import { readBlob, storageError, storageStatus, withContainer, type Storage } from './storage';

/** The lease's length; Azure allows 15 to 60 seconds. */
const LEASE_SECONDS = 60;
/** Early enough that a renewal which fails is known, and the run ended, before another run can take the lease. */
const RENEW_EVERY_MS = 20_000;
const PREFIX = 'checkpoints/';
/** Who writes, in the blob's metadata: it costs no call of its own. Header values are ASCII. */
const WRITER = `${hostname().replace(/[^\w.-]/g, '-')}/${process.pid}`;

/** Options that only tests change. */
export interface CheckpointOptions {
  /** @default 20 seconds */
  readonly renewEveryMs?: number;
}

/**
 * Checkpoints as blobs: `checkpoints/<connector>/<instance>/<source>.json`, those of a backfill's parts beside its
 * order. One lease a run; every write
 * carries the lease and If-Match, so that of two runs only one can go on.
 */
export function createCheckpoints(
  { blobs }: Pick<Storage, 'blobs'>,
  options: CheckpointOptions = {},
): CheckpointStore & Leases {
  const blobOf = (id: SourceId): BlockBlobClient => blobs.getBlockBlobClient(nameOf(id));

  return {
    async hold(id, { evenDamaged = false } = {}) {
      const blob = blobOf(id);
      const doing = `taking the lease of ${formatId(id)}`;
      try {
        await withContainer(blobs, () => createEmpty(blob));
        const lease = blob.getBlobLeaseClient();
        await lease.acquireLease(LEASE_SECONDS);
        return await open(id, blob, lease, {
          renewEveryMs: options.renewEveryMs ?? RENEW_EVERY_MS,
          evenDamaged,
        });
      } catch (error) {
        if ((error as { code?: string }).code === 'LeaseAlreadyPresent') return 'busy';
        throw error instanceof ContractError ? error : storageError(doing, error);
      }
    },

    async read(id) {
      try {
        return parse(id, (await readBlob(blobOf(id))).text);
      } catch (error) {
        if (storageStatus(error) === 404) return undefined;
        throw error instanceof ContractError
          ? error
          : storageError(`reading the checkpoint of ${formatId(id)}`, error);
      }
    },

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
            await endLease(blobs.getBlobClient(name).getBlobLeaseClient());
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

/** A blob that nobody holds has no lease to end. */
async function endLease(lease: BlobLeaseClient): Promise<void> {
  await lease.breakLease(0).catch((error: unknown) => {
    if (storageStatus(error) !== 409) throw error;
  });
}

/** Puts the explicit empty state where there is none, so that a missing blob is never taken for a first run. */
async function createEmpty(blob: BlockBlobClient): Promise<void> {
  try {
    const body = JSON.stringify(EMPTY_CHECKPOINT);
    await blob.upload(body, Buffer.byteLength(body), { ...JSON_BLOB, conditions: { ifNoneMatch: '*' } });
  } catch (error) {
    const status = storageStatus(error);
    if (status !== 409 && status !== 412) throw error;
  }
}

const JSON_BLOB = { blobHTTPHeaders: { blobContentType: 'application/json' } };

async function open(
  id: SourceId,
  blob: BlockBlobClient,
  lease: BlobLeaseClient,
  { evenDamaged, renewEveryMs }: { readonly evenDamaged: boolean; readonly renewEveryMs: number },
): Promise<HeldCheckpoint> {
  const doing = `saving the checkpoint of ${formatId(id)}`;
  const abort = new AbortController();
  const lose = (error: unknown): UnavailableError => {
    const lost = new UnavailableError(
      `${doing}: the lease is lost, another run may go on. The next run goes on from the last page saved.`,
      { cause: error },
    );
    abort.abort(lost);
    return lost;
  };
  const renewal = setInterval(() => void lease.renewLease().catch(lose), renewEveryMs);
  renewal.unref();
  const release = async (): Promise<void> => {
    clearInterval(renewal);
    await lease.releaseLease().catch(() => undefined);
  };

  try {
    const { text, ...stored } = await readBlob(blob);
    let { etag } = stored;
    const found = evenDamaged ? parseAnything(id, text) : { checkpoint: parse(id, text) };
    let { checkpoint } = found;
    return {
      ...found,
      get checkpoint() {
        return checkpoint;
      },
      text,
      lost: abort.signal,
      async save(next) {
        abort.signal.throwIfAborted();
        const body = stringifyJson(next as unknown as JsonObject);
        const conditions = { leaseId: lease.leaseId, ...(etag === undefined ? {} : { ifMatch: etag }) };
        try {
          const metadata = { writer: WRITER };
          const written = await blob.upload(body, Buffer.byteLength(body), {
            ...JSON_BLOB,
            metadata,
            conditions,
          });
          etag = written.etag;
          checkpoint = next;
        } catch (error) {
          const status = storageStatus(error);
          throw status === 412 || status === 409 || status === 404 ? lose(error) : storageError(doing, error);
        }
      },
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
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

/** For whoever replaces it. */
function parseAnything(
  id: SourceId,
  text: string,
): { readonly checkpoint: Checkpoint; readonly problem?: string } {
  try {
    return { checkpoint: parse(id, text) };
  } catch (error) {
    return { checkpoint: EMPTY_CHECKPOINT, problem: (error as Error).message };
  }
}
