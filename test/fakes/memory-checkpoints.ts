import {
  EMPTY_CHECKPOINT,
  formatId,
  type Checkpoint,
  type CheckpointStore,
  type LeasedCheckpoint,
  type SourceId,
} from '../../shared/contract/checkpoint';
import { SettingError, UnavailableError } from '../../shared/contract/errors';
import type { Json } from '../../shared/contract/json';
import type { Leases } from '../../shared/contract/operator';
import { parseJson, stringifyJson } from '../../shared/values/json/json';
import { isObject } from '../../shared/values/json-path';

/** One stored checkpoint: its text, its version, and its lease. */
interface Blob {
  readonly id: SourceId;
  text: string;
  etag: number;
  holder: AbortController | undefined;
}

/** Checkpoints in memory, with the leases and the conditional writes of the real ones. */
export interface MemoryCheckpoints extends CheckpointStore, Leases {
  /** Called before each write, with what is to be written; its throw fails the write. */
  beforeSave: (next: Checkpoint) => void;
  /** Everything that was written under a lease, in order. */
  readonly saved: readonly Checkpoint[];
  seed(id: SourceId, checkpoint: Checkpoint): void;
  damage(id: SourceId, text: string): void;
  /** Ends the lease of a source as if a renewal had failed. */
  loseLease(id: SourceId): void;
}

/** A store that nobody else sees. */
export function memoryCheckpoints(): MemoryCheckpoints {
  const blobs = new Map<string, Blob>();
  const saved: Checkpoint[] = [];
  const put = (id: SourceId, text: string): Blob => {
    const blob = blobs.get(formatId(id)) ?? { id, text, etag: 0, holder: undefined };
    Object.assign(blob, { text, etag: blob.etag + 1 });
    blobs.set(formatId(id), blob);
    return blob;
  };
  const lost = (id: SourceId): UnavailableError =>
    new UnavailableError(`saving the checkpoint of ${formatId(id)}: the lease is lost.`);

  const open = (id: SourceId, blob: Blob, evenDamaged: boolean): LeasedCheckpoint => {
    const { text } = blob;
    const found = evenDamaged ? parseAnything(blob) : { checkpoint: parse(blob) };
    let { checkpoint } = found;
    let { etag } = blob;
    const mine = new AbortController();
    blob.holder = mine;
    return {
      ...found,
      get checkpoint() {
        return checkpoint;
      },
      text,
      leaseLost: mine.signal,
      async save(next) {
        mine.signal.throwIfAborted();
        store.beforeSave(next);
        if (blob.holder !== mine || blob.etag !== etag) mine.abort(lost(id));
        mine.signal.throwIfAborted();
        etag = put(id, stringifyJson(next)).etag;
        checkpoint = next;
        saved.push(next);
      },
      async release() {
        if (blob.holder === mine) blob.holder = undefined;
      },
    };
  };

  const store: MemoryCheckpoints = {
    saved,
    beforeSave: () => undefined,
    seed: (id, checkpoint) => void put(id, stringifyJson(checkpoint)),
    damage: (id, text) => void put(id, text),
    loseLease(id) {
      const blob = blobs.get(formatId(id));
      blob?.holder?.abort(lost(id));
    },
    async acquire(id, { evenDamaged = false } = {}) {
      const blob = blobs.get(formatId(id)) ?? put(id, JSON.stringify(EMPTY_CHECKPOINT));
      return blob.holder === undefined ? open(id, blob, evenDamaged) : 'busy';
    },
    async lease(id) {
      const blob = blobs.get(formatId(id));
      return blob === undefined ? undefined : { isHeld: blob.holder !== undefined };
    },
    async read(id) {
      const blob = blobs.get(formatId(id));
      return blob === undefined ? undefined : parse(blob);
    },
    async *list() {
      for (const { id } of blobs.values()) if (id.part === undefined) yield id;
    },
    async sliceLeases(id, backfill) {
      return [...blobs.values()].flatMap((blob) => {
        const [whose, number] = blob.id.part?.split('.') ?? [];
        const isOf =
          whose === backfill && formatId({ ...blob.id, part: '' }) === formatId({ ...id, part: '' });
        return isOf ? [{ number: Number(number), isLeased: blob.holder !== undefined }] : [];
      });
    },
    async breakLeases() {
      for (const blob of blobs.values()) blob.holder = undefined;
    },
  };
  return store;
}

function parse({ id, text }: Blob): Checkpoint {
  const damaged = new SettingError(`reading the checkpoint of ${formatId(id)}: it is damaged.`, {
    isDamage: true,
  });
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    throw damaged;
  }
  if (!isObject(value) || value['version'] !== 1 || !isObject(value['ledger'])) throw damaged;
  if (value['position'] !== null && !isObject(value['position'])) throw damaged;
  return value as unknown as Checkpoint;
}

function parseAnything(blob: Blob): { readonly checkpoint: Checkpoint; readonly problem?: string } {
  try {
    return { checkpoint: parse(blob) };
  } catch (error) {
    return { checkpoint: EMPTY_CHECKPOINT, problem: (error as Error).message };
  }
}
