import { randomBytes } from 'node:crypto';
import { formatId, type SourceId } from '../../contract/checkpoint';
import { isDamage } from '../../values/damage-errors';
import { runCooperatively } from '../../values/cooperative';
import type { Clock, TriggerQueue } from '../../contract/run';
import {
  EMPTY_COUNTERS,
  type LeasedSpool,
  type PushedBody,
  type RemainingBodies,
  type Spool,
  type SpoolBlob,
  type SpoolCounters,
} from '../../contract/spool';
import { groupCommit, type GroupCommit } from './group-commit';
import { sourceIn, sourcePath } from '../blob-paths';
import { acquireBlob } from '../leased-blob';
import { encodeBodies, encodeRemaining } from './blob-format';
import { createSpoolCapacity } from './capacity';
import { blobsProblem, listBlobs, readBodies, spoolPaths } from './read-blobs';
import { countersForm, fromStoredCounters, spoolView, toStoredCounters } from './counters';
import { findBlob, storageError, storageStatus, withContainer, type Storage } from '../storage';

const BODIES = 'spool';
const COUNTERS = 'spool-totals';
/** The size of one blob. A larger body has its own blob. */
const MAX_BLOB_BYTES = 4 * 1024 * 1024;
/** How long a trigger message stays hidden. It covers everything stored meanwhile: fewer messages, fuller batches. */
const HIDDEN_MS = 1_000;
/** How long a message covers what is stored. Shorter than it is hidden, because it may appear exactly on time. */
const COVERED_MS = 900;
/** Blobs that are deleted or marked in parallel. */
const REMOVE_AT_ONCE = 16;
/** How often a view is tried when deliveries change the spool meanwhile. */
const VIEW_TRIES = 5;

/** The dependencies of a spool. */
export interface SpoolOptions {
  readonly clock: Clock;
  /** Triggers deliveries. */
  readonly triggerQueue: TriggerQueue;
  /** The most bytes in storage. */
  readonly maxBytes: number;
}

/**
 * The spool as blobs: bodies in `spool/<connector>/<instance>/<source>/<time>-<number>-<writer>`, listed oldest first;
 * counters in `spool-totals/<connector>/<instance>/<source>.json`. Bodies of one source that arrive while a blob is being
 * stored share the next blob. They contain customers' records.
 */
export function createSpool({ blobs }: Pick<Storage, 'blobs'>, options: SpoolOptions): Spool {
  const { clock, triggerQueue } = options;
  const writer = randomBytes(4).toString('hex');
  const capacity = createSpoolCapacity(blobs, `${BODIES}/`, options);
  const commits = new Map<string, GroupCommit<PushedBody, 'triggered' | 'stored'>>();
  const triggeredAt = new Map<string, number>();
  let written = 0;

  const counterBlobOf = (id: SourceId) => blobs.getBlockBlobClient(`${sourcePath(COUNTERS, id)}.json`);
  const folderOf = (id: SourceId): string => `${sourcePath(BODIES, id)}/`;

  /** Damaged counters are returned as the message that says why. */
  const readCounters = (id: SourceId) =>
    findBlob(counterBlobOf(id), countersForm(id)).catch((error: unknown) => {
      if (isDamage(error)) return error.message;
      throw error;
    });

  const store = async (id: SourceId, bodies: readonly PushedBody[]): Promise<'triggered' | 'stored'> => {
    const time = clock.now().toISOString().replace(/[-:]/g, '');
    const number = String(written++ % 1e6).padStart(6, '0');
    const blob = blobs.getBlockBlobClient(sourcePath(BODIES, id, `${time}-${number}-${writer}`));
    const records = bodies.reduce((sum, body) => sum + body.records, 0);
    const content = await runCooperatively(encodeBodies(bodies));
    const metadata = encodeRemaining({ records, failures: 0 });
    try {
      await withContainer(blobs, () => blob.upload(content, content.length, { metadata }));
    } catch (error) {
      throw storageError(`storing records pushed to ${formatId(id)}`, error);
    }
    capacity.add(content.length);
    return trigger(id);
  };

  /** Sends no message while one is hidden that covers what is stored now. */
  const trigger = async (id: SourceId): Promise<'triggered' | 'stored'> => {
    const now = clock.now().getTime();
    const sinceMs = now - (triggeredAt.get(formatId(id)) ?? -Infinity);
    if (sinceMs >= 0 && sinceMs < COVERED_MS) return 'triggered';
    try {
      await triggerQueue.send(id, HIDDEN_MS);
      triggeredAt.set(formatId(id), now);
      return 'triggered';
    } catch {
      return 'stored';
    }
  };

  /** Deletes or marks each blob as the counters record it. Idempotent. */
  const removeOrMark = async (id: SourceId, settled: SpoolCounters['settled']): Promise<void> => {
    const todo = Object.entries(settled);
    const next = async (): Promise<void> => {
      for (let one = todo.pop(); one !== undefined; one = todo.pop()) {
        const [name, remainder] = one;
        const blob = blobs.getBlockBlobClient(sourcePath(BODIES, id, name));
        try {
          if (isDone(remainder)) await blob.deleteIfExists();
          else await blob.setMetadata(encodeRemaining(remainder));
        } catch (error) {
          if (storageStatus(error) === 404) continue;
          throw storageError(`committing the spool of ${formatId(id)}`, error);
        }
      }
    };
    await Promise.all(Array.from({ length: REMOVE_AT_ONCE }, next));
  };

  return {
    async put(id, body) {
      await capacity.admit(body.bytes.length);
      const name = formatId(id);
      const commit =
        commits.get(name) ??
        groupCommit(
          (bodies: readonly PushedBody[]) => store(id, bodies),
          ({ bytes }) => bytes.length,
          MAX_BLOB_BYTES,
          () => void commits.delete(name),
        );
      commits.set(name, commit);
      try {
        return await commit.add(body);
      } finally {
        capacity.release(body.bytes.length);
      }
    },

    async *list() {
      const seen = new Map<string, SourceId>();
      const add = (path: string): void => {
        const found = sourceIn(path);
        if (found?.rest.length === 0) seen.set(formatId(found.id), found.id);
      };
      for await (const path of spoolPaths(blobs, `${BODIES}/`)) add(path);
      try {
        for await (const { name } of blobs.listBlobsFlat({ prefix: `${COUNTERS}/` })) add(name);
      } catch (error) {
        if (storageStatus(error) !== 404) throw storageError('listing the spool', error);
      }
      yield* seen.values();
    },

    async knows(id) {
      try {
        if (await counterBlobOf(id).exists()) return true;
      } catch (error) {
        throw storageError(`looking for the spool of ${formatId(id)}`, error);
      }
      for await (const _ of listBlobs(blobs, id, folderOf(id))) return true;
      return false;
    },

    async *pending() {
      for await (const path of spoolPaths(blobs, `${BODIES}/`)) {
        const found = sourceIn(path);
        if (found?.rest.length !== 0) continue;
        for await (const _ of listBlobs(blobs, found.id, folderOf(found.id))) {
          yield found.id;
          break;
        }
      }
    },

    async acquire(id) {
      const leased = await acquireBlob(blobs, counterBlobOf(id), countersForm(id));
      if (leased === 'busy') return 'busy';
      try {
        await removeOrMark(id, leased.value.settled);
      } catch (error) {
        await leased.release();
        throw error;
      }
      return {
        get counters() {
          return fromStoredCounters(leased.value);
        },
        leaseLost: leased.leaseLost,
        read: (blob) => readBodies(blobs, id, folderOf(id), blob),
        async save(counters) {
          await leased.save(toStoredCounters(counters));
          await removeOrMark(id, counters.settled);
        },
        release: () => leased.release(),
      } satisfies LeasedSpool;
    },

    blobs: (id) => listBlobs(blobs, id, folderOf(id)),

    async view(id) {
      for (let tries = 1; ; tries++) {
        const before = await readCounters(id);
        const listed: SpoolBlob[] = [];
        const foreign: string[] = [];
        const add = (path: string): void => void foreign.push(path);
        for await (const blob of listBlobs(blobs, id, folderOf(id), add)) listed.push(blob);
        const after = await readCounters(id);
        const isDamaged = typeof after === 'string';
        const isStill = !isDamaged && typeof before !== 'string' && before?.etag === after?.etag;
        if (!isDamaged && !isStill && tries < VIEW_TRIES) continue;
        const problems = blobsProblem(id, listed, foreign);
        return isDamaged
          ? spoolView(EMPTY_COUNTERS, listed, [after, ...problems])
          : spoolView(
              after === undefined ? EMPTY_COUNTERS : fromStoredCounters(after.value),
              listed,
              problems,
            );
      }
    },

    async breakLeases() {
      for await (const id of this.list()) {
        try {
          await counterBlobOf(id).getBlobLeaseClient().breakLease(0);
        } catch (error) {
          const status = storageStatus(error);
          if (status !== 409 && status !== 404)
            throw storageError(`ending the lease of the spool of ${formatId(id)}`, error);
        }
      }
    },
  };
}

function isDone({ left }: RemainingBodies): boolean {
  return left?.length === 0;
}
