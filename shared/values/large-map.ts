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
  /** Each is made when it is first needed: most maps stay small, and there may be one for each body. */
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
