import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CutOff } from './cut-off';

/** Decompressed bytes are handed on in chunks of this size. */
const CHUNK_BYTES = 16 * 1024;

/**
 * The bytes of a body, decompressed if it begins as gzip does: no text begins so. A file of several gzip members is read to
 * its end.
 * @throws SyntaxError when the compressed data are damaged or cut off
 * @see RFC 1952, sections 2.2 and 2.3.1
 */
export async function* decompressed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < 2) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(next.value);
    bytes += next.value.length;
  }
  const head = Buffer.concat(first);
  const all = continued(head, iterator);
  if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzipped(all);
  else yield* all;
}

async function* continued(head: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}

/** Codes of zlib for data that are damaged, or end too early. @see https://nodejs.org/api/zlib.html#error-codes-and-messages */
const DAMAGED = new Set(['Z_DATA_ERROR', 'Z_BUF_ERROR', 'Z_NEED_DICT']);

async function* gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = pipeline(
    Readable.from(chunks),
    createGunzip({ chunkSize: CHUNK_BYTES }),
    () => undefined,
  ) as AsyncIterable<Uint8Array>;
  try {
    yield* gunzip;
  } catch (error) {
    const { code = '', message } = error as { readonly code?: string; readonly message: string };
    if (!DAMAGED.has(code)) throw error;
    const Problem = code === 'Z_BUF_ERROR' ? CutOff : SyntaxError;
    throw new Problem(`its compressed data are damaged or cut off (${message})`, { cause: error });
  }
}

/** The same chunks; the meter says how many bytes were taken. */
export async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  meter: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    meter.bytes += chunk.length;
    yield chunk;
  }
}

/** Ends a body that grows beyond a limit. @throws SyntaxError */
export async function* limited(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new SyntaxError(`decompressed, it is larger than ${maxBytes} bytes`);
    yield chunk;
  }
}
