import { hash } from 'node:crypto';
import { pauseMeter } from '../values/cooperative';

/**
 * Bytes of one hash: 128 bits of a keyed SHA-256. Two of a million events collide by chance in one of 10^26 sources, and
 * nobody without the key can construct a collision, so deduplication is exact in practice.
 */
export const HASH_BYTES = 16;

/** The hash of an event, as a string of one byte a character. The same id at another time is another event. */
export function dedupHash(key: string, time: string | undefined, id: string): string {
  return hash('sha256', `${key}\n${time ?? ''}\n${id}`, 'buffer').toString('latin1', 0, HASH_BYTES);
}

/** Sorts and concatenates hashes to a segment. Yields in between, because there may be a million. */
export function* packHashes(hashes: Iterable<string>): Generator<undefined, Uint8Array, undefined> {
  const isPauseDue = pauseMeter();
  // The hashes with one first byte are few enough to be sorted at once.
  const byFirst: string[][] = Array.from({ length: 256 }, () => []);
  for (const hash of hashes) {
    byFirst[hash.charCodeAt(0)]?.push(hash);
    if (isPauseDue(0)) yield;
  }
  const packed: Buffer[] = [];
  for (const some of byFirst) {
    packed.push(Buffer.from(some.sort().join(''), 'latin1'));
    if (isPauseDue(some.length * HASH_BYTES)) yield;
  }
  return Buffer.concat(packed);
}

/** The number of hashes in a segment. */
export function countHashes(segment: Uint8Array): number {
  return Math.floor(segment.length / HASH_BYTES);
}

/** True when a segment holds a hash. Binary search. */
export function holdsHash(segment: Uint8Array, text: string): boolean {
  const wanted = Buffer.from(text, 'latin1');
  let [low, high] = [0, countHashes(segment)];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareAt(segment, middle, wanted);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}

/** Merges two segments. */
export function mergeHashes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const merged = new Uint8Array(a.length + b.length);
  let [i, j] = [0, 0];
  for (let at = 0; at < merged.length; at += HASH_BYTES) {
    const fromA = j >= b.length || (i < a.length && compareAt(a, i / HASH_BYTES, b, j) <= 0);
    const start = fromA ? i : j;
    merged.set((fromA ? a : b).subarray(start, start + HASH_BYTES), at);
    if (fromA) i += HASH_BYTES;
    else j += HASH_BYTES;
  }
  return merged;
}

function compareAt(segment: Uint8Array, index: number, other: Uint8Array, from = 0): number {
  const start = index * HASH_BYTES;
  for (let i = 0; i < HASH_BYTES; i++) {
    const order = (segment[start + i] as number) - (other[from + i] as number);
    if (order !== 0) return order;
  }
  return 0;
}
