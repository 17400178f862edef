/** So many parts that those of millions are small. */
const PARTS = 256;

/** What {@link largeMap} makes. */
export interface LargeMap<T> extends Iterable<readonly [key: string, value: T]> {
  get(key: string): T | undefined;
  has(key: string): boolean;
  set(key: string, value: T): void;
}

/**
 * A map of texts that may be millions and whose ends differ, such as hashes and ids. One that grows copies itself: of two
 * million keys that alone stops everything else for a quarter of a second. In parts each copy is small. In no order.
 */
export function largeMap<T>(): LargeMap<T> {
  const parts = Array.from({ length: PARTS }, () => new Map<string, T>());
  const partOf = (key: string): Map<string, T> =>
    parts[(key.charCodeAt(key.length - 1) * 31 + key.charCodeAt(key.length - 2)) % PARTS] ??
    (parts[0] as Map<string, T>);
  return {
    get: (key) => partOf(key).get(key),
    has: (key) => partOf(key).has(key),
    set: (key, value) => void partOf(key).set(key, value),
    *[Symbol.iterator]() {
      for (const part of parts) yield* part;
    },
  };
}
