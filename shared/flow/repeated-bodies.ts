import { createHash } from 'node:crypto';
import type { PushedBody } from '../contract/spool';

/** How many bodies of a source are remembered: the newest ones that were sent. */
const MAX_REMEMBERED = 2_000;
/** 96 bits: no two different bodies are ever taken for one. */
const HASH_BYTES = 12;

/**
 * A body's name by what it holds and by what its post said of it: the beginning of their SHA-256, as base64url. Equal
 * bodies that their vendor gave two ids are two.
 */
export function hashBody({ bytes, facts }: Pick<PushedBody, 'bytes' | 'facts'>): string {
  const hash = createHash('sha256').update(bytes);
  if (facts !== undefined) hash.update(JSON.stringify(facts));
  return hash.digest().toString('base64url', 0, HASH_BYTES);
}

/** Tells the bodies that are byte for byte like one that was sent before, or like one before them here. */
export function tellRepeated<T extends { readonly body: PushedBody }>(
  all: readonly T[],
  remembered: readonly string[],
): { readonly fresh: readonly T[]; readonly repeated: readonly T[] } {
  const known = new Set(remembered);
  const fresh: T[] = [];
  const repeated: T[] = [];
  for (const one of all) {
    const hash = hashBody(one.body);
    (known.has(hash) ? repeated : fresh).push(one);
    known.add(hash);
  }
  return { fresh, repeated };
}

/** What is remembered once these bodies were sent too; of more than {@link MAX_REMEMBERED} the oldest are forgotten. */
export function remember(remembered: readonly string[], sent: readonly PushedBody[]): readonly string[] {
  return [...remembered, ...sent.map(hashBody)].slice(-MAX_REMEMBERED);
}
