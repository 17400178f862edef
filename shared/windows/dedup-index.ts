import type { SourceId } from '../contract/checkpoint';
import type { OnDamage } from '../contract/operator';
import type { Log, DedupSegments } from '../contract/run';
import type { StoredDedupIndex, WindowSpec } from '../contract/windows';
import { readOrReport } from '../values/damage-errors';
import { HASH_BYTES, countHashes, holdsHash, mergeHashes, packHashes, dedupHash } from './dedup-hash';
import { runCooperatively, pauseMeter, yieldToEventLoop } from '../values/cooperative';
import { largeMap, type LargeMap } from '../values/large-map';
import { compareIso } from '../values/time';
import type { DedupSet } from './dedup-pass';

/** The most events in the index of one source: 16 MB of hashes. */
const MAX_DEDUP_EVENTS = 1_000_000;
const HOUR_MS = 3_600_000;
/** The longest lag spans about this many buckets. */
const BUCKETS = 24;

/** The dedup index of one source during a run: the delivered events that may be shown again. */
export interface DedupIndex extends DedupSet {
  /**
   * Loads the segments for a range of event time, or all of them. Events without a time are filed under `untimedAt`.
   */
  load(
    range: { readonly oldest?: string; readonly newest?: string } | 'all',
    untimedAt: string,
  ): Promise<void>;
  /**
   * Makes the events added since the last call durable, and forgets all events older than `keepFrom`.
   * @param knownAt events of this time are skipped, because the watermark has their ids
   * @returns the index that the checkpoint must name
   */
  persist(keepFrom: string, knownAt?: string): Promise<StoredDedupIndex>;
  /** Deletes the segments that the checkpoint no longer names. Never throws. */
  deleteUnreferenced(): Promise<void>;
  /** Events beyond the limit, which were not added. */
  unremembered(): number;
}

/** The dependencies of a dedup index. */
export interface DedupIndexOptions {
  readonly id: SourceId;
  readonly runId: string;
  readonly spec: WindowSpec;
  readonly saved: StoredDedupIndex | undefined;
  readonly segments: DedupSegments;
  /** Receives a warning for each damaged segment. */
  readonly log: Pick<Log, 'warn'>;
  /** @default 1,000,000 */
  readonly maxDedupEvents?: number;
}

/** A segment in memory. */
interface Segment {
  readonly name: string;
  readonly hashes: Uint8Array;
}

/** Opens the dedup index that a checkpoint names. Segments are read on demand. */
export function openDedupIndex({
  id,
  log,
  runId,
  spec,
  saved,
  segments,
  maxDedupEvents = MAX_DEDUP_EVENTS,
}: DedupIndexOptions): DedupIndex {
  const key = saved?.key ?? runId;
  const bucketMs = saved?.bucketMs ?? Math.max(1, Math.ceil(spec.lag.maxMs / BUCKETS / HOUR_MS)) * HOUR_MS;
  const named = new Map(Object.entries(saved?.buckets ?? {}));
  const loaded = new Map<string, Segment[]>();
  /** Added and not yet durable: the event time, or its substitute, by hash. */
  const added = new Map<string, LargeMap<string>>();
  const unnamed: string[] = [];
  // The end of the run's id: all runs of a backfill slice share its beginning.
  const run = runId.replace(/-/g, '').slice(-12);
  let [count, overflow, untimed] = [0, 0, ''];

  const reportDamage: OnDamage = ({ message }) =>
    log.warn({ ...id, reason: message }, 'some delivered records are missing from the dedup index');

  const bucketOf = (time: string): string =>
    new Date(Math.floor(Date.parse(time) / bucketMs) * bucketMs).toISOString().slice(0, 16);
  const blobOf = (bucket: string, name: string): string => `${bucket}/${name}`;
  const holds = (bucket: string, hash: string): boolean =>
    added.get(bucket)?.has(hash) === true ||
    (loaded.get(bucket) ?? []).some(({ hashes }) => holdsHash(hashes, hash));
  const total = (): number => [...named.values()].flat().reduce((sum, [, hashes]) => sum + hashes, 0);

  const loadBucket = async (bucket: string): Promise<void> => {
    if (loaded.has(bucket)) return;
    const read = (named.get(bucket) ?? []).map(async ([name, count]): Promise<Segment> => {
      // The events of a missing or damaged segment are sent twice; none is lost.
      const stored = segments.read(id, blobOf(bucket, name), count * HASH_BYTES);
      return { name, hashes: (await readOrReport(stored, reportDamage)) ?? new Uint8Array() };
    });
    loaded.set(bucket, await Promise.all(read));
  };

  /** Writes hashes to a new segment, merged with segments of similar size, so that a bucket has few of them. */
  const put = async (bucket: string, hashes: readonly string[]): Promise<void> => {
    await loadBucket(bucket);
    const all = [...(loaded.get(bucket) ?? [])];
    let packed = await runCooperatively(packHashes(hashes));
    for (
      let last = all.at(-1);
      last !== undefined && last.hashes.length <= 2 * packed.length;
      last = all.at(-1)
    ) {
      packed = mergeHashes(last.hashes, packed);
      unnamed.push(blobOf(bucket, last.name));
      all.pop();
    }
    const name = `${run}-${++count}`;
    await segments.put(id, blobOf(bucket, name), packed);
    all.push({ name, hashes: packed });
    loaded.set(bucket, all);
    named.set(
      bucket,
      all.map((one) => [one.name, countHashes(one.hashes)] as const),
    );
  };

  return {
    has(time, eventId) {
      const hash = dedupHash(key, time, eventId);
      if (time !== undefined) return holds(bucketOf(time), hash);
      return [...new Set([...loaded.keys(), ...added.keys()])].some((bucket) => holds(bucket, hash));
    },
    add(time, eventId) {
      const place = time ?? untimed;
      const bucket = bucketOf(place);
      const hashes = added.get(bucket) ?? largeMap<string>();
      added.set(bucket, hashes);
      hashes.set(dedupHash(key, time, eventId), place);
    },
    async load(range, untimedAt) {
      untimed = untimedAt;
      const { oldest, newest } = range === 'all' ? { oldest: '0001-01-01', newest: '9999-12-31' } : range;
      if (oldest === undefined || newest === undefined) return;
      const [first, last] = [bucketOf(oldest), bucketOf(newest)];
      const near = [...named.keys()].filter((bucket) => bucket >= first && bucket <= last);
      await Promise.all(near.map(loadBucket));
    },
    async persist(from, knownAt) {
      for (const [bucket, all] of named) {
        if (Date.parse(`${bucket}Z`) + bucketMs > Date.parse(from)) continue;
        // Not the whole folder: a stored copy of a replaced checkpoint may name other segments in it.
        unnamed.push(...all.map(([name]) => blobOf(bucket, name)));
        named.delete(bucket);
        loaded.delete(bucket);
      }
      let room = maxDedupEvents - total();
      const fresh = [...added];
      added.clear();
      const isPauseDue = pauseMeter();
      const wanted: (readonly [bucket: string, hashes: readonly string[]])[] = [];
      for (const [bucket, hashes] of fresh) {
        const taken: string[] = [];
        for (const [hash, time] of hashes) {
          if (isPauseDue(0)) await yieldToEventLoop();
          if (compareIso(time, from) < 0 || time === knownAt) continue;
          if (room-- > 0) taken.push(hash);
          else overflow++;
        }
        wanted.push([bucket, taken]);
      }
      await Promise.all(
        wanted.filter(([, hashes]) => hashes.length > 0).map(([bucket, hashes]) => put(bucket, hashes)),
      );
      return { key, bucketMs, buckets: Object.fromEntries(named) };
    },
    async deleteUnreferenced() {
      if (unnamed.length === 0) return;
      const kept = [...named].flatMap(([bucket, all]) => all.map(([name]) => blobOf(bucket, name)));
      await segments.drop(id, unnamed.splice(0), new Set(kept));
    },
    unremembered: () => overflow,
  };
}
