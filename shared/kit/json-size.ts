const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN_ARRAY, CLOSE_ARRAY] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];

/** What JSON text may be made of. */
export interface JsonBounds {
  /** Levels of nesting. */
  readonly maxDepth: number;
  /** Objects and arrays altogether. */
  readonly maxContainers: number;
}

/**
 * True when JSON text stays within its bounds. Looks at the bytes alone, before anything is made of them: some millions
 * of brackets would become gigabytes of values. Says nothing of whether it is JSON.
 */
export function isWithin({ maxContainers, maxDepth }: JsonBounds, bytes: Uint8Array): boolean {
  let [depth, containers] = [0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (++depth > maxDepth || ++containers > maxContainers) return false;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      depth--;
    }
  }
  return true;
}
