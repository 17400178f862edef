import { createHash } from 'node:crypto';
import type { PushedBody } from '../contract/spool';

/** How many bodies of a source are remembered: the newest ones that were sent. */
const MAX_REMEMBERED = 2_000;
/** 96 bits: no two different bodies are ever taken for one. */
const HASH_BYTES = 12;

/**
 * Names a body by its bytes alone: the beginning of their SHA-256, as base64url. What its headers say does not count,
 * because no signature covers them: a recorded body that is posted again under another id is still the same body.
 */
export function hashBody({ bytes }: Pick<PushedBody, 'bytes'>): string {
  return createHash('sha256').update(bytes).digest().toString('base64url', 0, HASH_BYTES);
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
