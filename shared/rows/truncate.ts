import type { Json } from '../contract/json';
import { jsonPieces } from '../values/json/incremental-stringify';

/**
 * Pauses as it goes, and cuts every field over the sink's limit at a character boundary and names it in `TruncatedFields`.
 * A dynamic value that is cut becomes the beginning of its JSON text.
 * @param columns changed in place
 * @returns the names of the columns that were cut; empty when all of them fit
 */
export function* truncateFields(
  columns: Record<string, Json>,
  maxFieldBytes: number,
): Generator<undefined, string[], undefined> {
  const cut: string[] = [];
  for (const [name, value] of Object.entries(columns)) {
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) continue;
    const text = typeof value === 'string' ? value : yield* jsonBeginning(value, maxFieldBytes);
    if (text.length * 3 <= maxFieldBytes || Buffer.byteLength(text) <= maxFieldBytes) continue;
    columns[name] = cutText(text, maxFieldBytes);
    cut.push(name);
  }
  if (cut.length > 0) columns['TruncatedFields'] = cut;
  return cut;
}

/** The JSON text of a value; of a longer text, a beginning of more than `characters`. */
function* jsonBeginning(value: Json, characters: number): Generator<undefined, string, undefined> {
  let text = '';
  for (const piece of jsonPieces(value)) {
    if (text !== '') yield;
    text += piece;
    if (text.length > characters) break;
  }
  return text;
}

/** The longest beginning of a text that is at most `maxBytes` of UTF-8 and ends between two characters. */
export function cutText(text: string, maxBytes: number): string {
  // No character is less than a byte.
  const bytes = Buffer.from(text.slice(0, maxBytes + 1));
  let end = Math.min(maxBytes, bytes.length);
  while (end < bytes.length && end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
