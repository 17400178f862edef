import { isUtf8 } from 'node:buffer';
import type { Json } from '../../contract/json';

/*
 * A page with a byte that is not UTF-8 must neither lose the byte nor stop its source. The byte travels as a lone
 * surrogate, U+DC80 to U+DCFF, which no UTF-8 text holds, and the records that hold one become dead letters.
 */

/** Bytes between two pauses. */
const STEP_BYTES = 1024 * 1024;
const KEPT = /(?<![\ud800-\udbff])[\udc80-\udcff]/;
const damaged = new WeakSet();

/** JSON text in UTF-8: of bytes that are not, each wrong one is written as the escape of its surrogate. */
export function* escapeInvalidBytes(bytes: Uint8Array): Generator<undefined, Uint8Array> {
  if (isUtf8(bytes)) return bytes;
  const parts: Uint8Array[] = [];
  let from = 0;
  let pauseAt = STEP_BYTES;
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    if (length === 0) {
      parts.push(bytes.subarray(from, at), Buffer.from(`\\udc${(bytes[at] as number).toString(16)}`));
      from = at + 1;
      pauseAt -= 256;
    }
    at += Math.max(1, length);
    if (at >= pauseAt) {
      yield;
      pauseAt = at + STEP_BYTES;
    }
  }
  return Buffer.concat([...parts, bytes.subarray(from)]);
}

/** The text of bytes; each byte that is not UTF-8 is its surrogate. For short texts. */
export function textOfBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(bytes)) return text.toString('utf8');
  let [made, from] = ['', 0];
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    if (length === 0) {
      made += text.toString('utf8', from, at) + String.fromCharCode(0xdc00 + (bytes[at] as number));
      from = at + 1;
    }
    at += Math.max(1, length);
  }
  return made + text.toString('utf8', from);
}

/** The length in bytes of the UTF-8 character at a place; 0 for an invalid one. @see https://www.rfc-editor.org/rfc/rfc3629#section-4 */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = LENGTHS.find(([below]) => first < below)?.[1] ?? 0;
  const [lowest = 0x80, highest = 0xbf] = SECOND[first] ?? [];
  const second = bytes[at + 1] ?? 0;
  if (length === 0 || second < lowest || second > highest) return 0;
  for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

/** How long a character is whose first byte is below a number. */
const LENGTHS = [
  [0xc2, 0],
  [0xe0, 2],
  [0xf0, 3],
  [0xf5, 4],
] as const;

/** First bytes behind which not every second one may stand. */
const SECOND: Readonly<Record<number, readonly [number, number]>> = {
  0xe0: [0xa0, 0xbf],
  0xed: [0x80, 0x9f],
  0xf0: [0x90, 0xbf],
  0xf4: [0x80, 0x8f],
};

/** Remembers every object that holds a kept byte, however deep. @returns the value itself */
export function* noteInvalidUtf8(value: Json): Generator<undefined, Json, undefined> {
  const parents = new Map<object, object | undefined>();
  const todo: object[] = [];
  const visit = (text: string | undefined, member: Json, holder: object | undefined): void => {
    const isKept =
      (text !== undefined && KEPT.test(text)) || (typeof member === 'string' && KEPT.test(member));
    for (let at = isKept ? holder : undefined; at !== undefined && !damaged.has(at); at = parents.get(at))
      damaged.add(at);
    if (typeof member !== 'object' || member === null) return;
    parents.set(member, holder);
    todo.push(member);
  };
  visit(undefined, value, undefined);
  let steps = 0;
  for (let holder = todo.pop(); holder !== undefined; holder = todo.pop()) {
    // Of a list no names are made: it may have millions of members.
    const names = Array.isArray(holder) ? undefined : Object.keys(holder);
    const count = (names ?? (holder as readonly Json[])).length;
    for (let at = 0; at < count; at++) {
      const name = names?.[at];
      visit(name, (holder as Readonly<Record<string | number, Json>>)[name ?? at] as Json, holder);
      if (++steps % 10_000 === 0) yield;
    }
    if (++steps % 10_000 === 0) yield;
  }
  return value;
}

/** True of an object that holds a kept byte. Of a copy it is not known. */
export function hasInvalidUtf8(value: object): boolean {
  return damaged.has(value);
}
