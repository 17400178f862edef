import { formatId, type SourceId } from '../../shared/contract/checkpoint';
import {
  EMPTY_COUNTERS,
  type PushedBody,
  type Spool,
  type SpoolBlob,
  type SpoolCounters,
  type SpooledBody,
} from '../../shared/contract/spool';
import { LEASE_MS } from '../../shared/contract/run';
import { spoolView } from '../../shared/storage/spool/counters';

/** A spool in memory: each body is its own blob, and no message triggers a delivery. */
export interface MemorySpool extends Spool {
  /** Called before a body is stored; if it throws, none is stored. */
  beforePut: () => void;
  /** All stored data of a source, as text. */
  text(id: SourceId): string;
}

interface Lane {
  readonly id: SourceId;
  readonly blobs: Map<string, { blob: SpoolBlob; readonly body: SpooledBody }>;
  totals: SpoolCounters;
  /** Lets the lease of a dead holder expire. */
  heldUntilMs: number;
}

/** @param now the clock by which leases expire */
export function memorySpool(now: () => Date = () => new Date(0)): MemorySpool {
  const lanes = new Map<string, Lane>();
  let count = 0;
  const laneOf = (id: SourceId): Lane => {
    const lane = lanes.get(formatId(id)) ?? { id, blobs: new Map(), totals: EMPTY_COUNTERS, heldUntilMs: 0 };
    lanes.set(formatId(id), lane);
    return lane;
  };
  const blobsOf = (id: SourceId): SpoolBlob[] => [...laneOf(id).blobs.values()].map(({ blob }) => blob);
  const spool: MemorySpool = {
    beforePut: () => undefined,
    text: (id) => Buffer.concat([...laneOf(id).blobs.values()].map(({ body }) => body.bytes)).toString(),
    async put(id, body: PushedBody) {
      spool.beforePut();
      const name = `20260101T000000.000Z-${String(count++).padStart(6, '0')}`;
      const blob = { name, bytes: body.bytes.length, records: body.records, failures: 0 };
      laneOf(id).blobs.set(name, { blob, body: { ...body, place: 0 } });
      return 'triggered';
    },
    async *list() {
      for (const { id } of lanes.values()) yield id;
    },
    knows: async (id) => lanes.has(formatId(id)),
    async *pending() {
      for (const { blobs, id } of lanes.values()) if (blobs.size > 0) yield id;
    },
    async acquire(id) {
      const lane = laneOf(id);
      if (lane.heldUntilMs > now().getTime()) return 'busy';
      lane.heldUntilMs = now().getTime() + LEASE_MS;
      return {
        get counters() {
          return lane.totals;
        },
        leaseLost: new AbortController().signal,
        read: async ({ name }) => [lane.blobs.get(name)].flatMap((kept) => kept?.body ?? []),
        async save(totals) {
          lane.totals = totals;
          for (const [name, remainder] of Object.entries(totals.settled)) {
            const kept = lane.blobs.get(name);
            if (remainder.left?.length === 0) lane.blobs.delete(name);
            else if (kept !== undefined) kept.blob = { ...kept.blob, ...remainder };
          }
        },
        async release() {
          lane.heldUntilMs = 0;
        },
      };
    },
    async *blobs(id) {
      yield* blobsOf(id);
    },
    view: async (id) => spoolView(laneOf(id).totals, blobsOf(id)),
    breakLeases: async () => undefined,
  };
  return spool;
}
