import { isUtf8 } from 'node:buffer';
import type { Json } from '../contract/json';
import { runToEnd, runCooperatively } from '../values/cooperative';
import { readJson } from '../values/json/incremental-parse';
import { escapeInvalidBytes, noteInvalidUtf8 } from '../values/json/invalid-utf8';

/** A shorter body takes a few milliseconds and is parsed on first use. */
const LONG_BYTES = 256 * 1024;

/**
 * Reads the JSON of a body. A long body is parsed now, in pieces, so that it does not block the event loop; a short one
 * once, on first use. Bytes that are valid neither in UTF-8 nor in the charset that the answer names are kept, as
 * `values/json/invalid-utf8.ts` describes.
 * @returns a function that throws SyntaxError when the body is not JSON
 */
export async function readJsonBody(body: Uint8Array, contentType = ''): Promise<() => Json> {
  if (body.length < LONG_BYTES || !beginsLikeJson(body)) {
    let read: { readonly value: Json } | undefined;
    return () => (read ??= { value: runToEnd(parse(body, contentType)) }).value;
  }
  try {
    const value = await runCooperatively(parse(body, contentType));
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function* parse(body: Uint8Array, contentType: string): Generator<undefined, Json, undefined> {
  if (isUtf8(body)) return yield* readJson(body);
  const text = decoded(body, contentType);
  if (text !== undefined) return yield* readJson(text);
  return yield* noteInvalidUtf8(yield* readJson(yield* escapeInvalidBytes(body)));
}

/** The body converted to UTF-8; `undefined` when the answer names no other charset, or the body is not valid in it. */
function decoded(body: Uint8Array, contentType: string): Uint8Array | undefined {
  const charset = /;\s*charset="?([\w.:-]+)/i.exec(contentType)?.[1];
  if (charset === undefined || /^utf-?8$/i.test(charset)) return undefined;
  try {
    return Buffer.from(new TextDecoder(charset, { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** True if the body starts as JSON does. Web pages, CSV and the like are not parsed ahead. */
function beginsLikeJson(body: Uint8Array): boolean {
  return /^(?:\xef\xbb\xbf)?\s*[[{]/.test(Buffer.from(body.subarray(0, 64)).toString('latin1'));
}
