/** The number of parts. Each stays small with millions of keys. */
const PARTS = 256;

/** What {@link largeMap} makes. */
export interface LargeMap<T> extends Iterable<readonly [key: string, value: T]> {
  get(key: string): T | undefined;
  has(key: string): boolean;
  set(key: string, value: T): void;
}

/**
 * A map for millions of string keys with different endings, such as hashes and ids. Unordered. A `Map` copies itself when it
 * grows, which blocks the process for a quarter of a second at two million keys. Here each part's copy is small.
 */
export function largeMap<T>(): LargeMap<T> {
  /** Created on demand: most maps stay small, and there may be one for each body. */
  const parts: (Map<string, T> | undefined)[] = [];
  const placeOf = (key: string): number =>
    (key.charCodeAt(key.length - 1) * 31 + key.charCodeAt(key.length - 2)) % PARTS || 0;
  return {
    get: (key) => parts[placeOf(key)]?.get(key),
    has: (key) => parts[placeOf(key)]?.has(key) === true,
    set: (key, value) => void (parts[placeOf(key)] ??= new Map()).set(key, value),
    *[Symbol.iterator]() {
      for (const part of parts) if (part !== undefined) yield* part;
    },
  };
}
