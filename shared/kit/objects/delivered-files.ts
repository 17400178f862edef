import { createHash } from 'node:crypto';
import { SettingError } from '../../contract/errors';
import type { Json, JsonObject } from '../../contract/json';

/** Bytes of a hash: 128 bits. */
const HASH_BYTES = 16;
/** Delivered files that a checkpoint remembers: 11 KB of hashes. */
const MOST_DELIVERED = 512;
/** Files that runs left in the middle. */
const MOST_OPEN = 64;

/**
 * What a checkpoint knows of files. A queue delivers a message at least once, and a crash leaves the message of a delivered file
 * in the queue: the newest 512 delivered files are recognised.
 */
export interface DeliveredFiles {
  isDelivered(identity: string): boolean;
  /** How many records of the file were delivered; 0 for an unknown file. */
  recordsOf(identity: string): number;
  /** So many records of the file are on the page. */
  advance(identity: string, records: number): void;
  /** The page has its last record. */
  finish(identity: string): void;
  /** The checkpoint of the page. */
  position(): JsonObject;
}

/**
 * Continues from a checkpoint: `{ delivered, open }`, the hashes of delivered files in one Base64 text, the oldest first, and a
 * hash with its count of records for each file that was left in the middle.
 * @throws SettingError for a damaged state, when this function did not write the checkpoint
 */
export function openDeliveredFiles(checkpoint: JsonObject | null): DeliveredFiles {
  const delivered = new Set(checkpoint === null ? [] : readDelivered(checkpoint['delivered']));
  const open = new Map(checkpoint === null ? [] : readOpen(checkpoint['open']));
  return {
    isDelivered: (identity) => delivered.has(hashOf(identity)),
    recordsOf: (identity) => open.get(hashOf(identity)) ?? 0,
    advance(identity, records) {
      put(open, hashOf(identity), records);
      for (const oldest of open.keys()) if (open.size > MOST_OPEN) open.delete(oldest);
    },
    finish(identity) {
      const hash = hashOf(identity);
      open.delete(hash);
      delivered.delete(hash);
      delivered.add(hash);
      for (const oldest of delivered) if (delivered.size > MOST_DELIVERED) delivered.delete(oldest);
    },
    position: () => ({
      delivered: Buffer.from([...delivered].join(''), 'hex').toString('base64'),
      open: [...open],
    }),
  };
}

/** Puts a value behind all others. */
function put(map: Map<string, number>, key: string, value: number): void {
  map.delete(key);
  map.set(key, value);
}

function hashOf(identity: string): string {
  return createHash('sha256')
    .update(identity)
    .digest('hex')
    .slice(0, 2 * HASH_BYTES);
}

function readDelivered(stored: Json | undefined): string[] {
  const bytes = typeof stored === 'string' ? Buffer.from(stored, 'base64') : undefined;
  if (bytes === undefined || bytes.length % HASH_BYTES !== 0 || bytes.toString('base64') !== stored)
    throw damaged('delivered');
  const hex = bytes.toString('hex');
  return hex.match(new RegExp(`.{${2 * HASH_BYTES}}`, 'g')) ?? [];
}

function readOpen(stored: Json | undefined): (readonly [string, number])[] {
  if (!Array.isArray(stored)) throw damaged('open');
  return (stored as readonly Json[]).map((entry) => {
    const [hash, records] = Array.isArray(entry) ? (entry as readonly Json[]) : [];
    if (
      typeof hash !== 'string' ||
      typeof records !== 'number' ||
      !Number.isSafeInteger(records) ||
      records < 0
    )
      throw damaged('open');
    return [hash, records];
  });
}

function damaged(member: string): SettingError {
  return new SettingError(`its position has no ${member} files as they were ever written`, {
    isDamage: true,
  });
}
