import { createHash } from 'node:crypto';
import type { PushedBody } from '../contract/spool';

/** How many sent bodies of a source are remembered, the newest ones. */
const MAX_REMEMBERED = 2_000;
/** 96 bits: two different bodies never get one hash. */
const HASH_BYTES = 12;

/**
 * Hashes the bytes of a body alone: the beginning of their SHA-256, as base64url. Headers do not count, because no
 * signature covers them: a recorded body that is sent again under another id is still the same body.
 */
export function hashBody({ bytes }: Pick<PushedBody, 'bytes'>): string {
  return createHash('sha256').update(bytes).digest().toString('base64url', 0, HASH_BYTES);
}

/** Finds the bodies whose bytes equal one that was sent before, or one earlier in the list. */
export function findRepeated<T extends { readonly body: PushedBody }>(
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

/** The hashes to remember once these bodies are sent; beyond {@link MAX_REMEMBERED} the oldest are dropped. */
export function remember(remembered: readonly string[], sent: readonly PushedBody[]): readonly string[] {
  return [...remembered, ...sent.map(hashBody)].slice(-MAX_REMEMBERED);
}
