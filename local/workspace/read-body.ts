import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const gunzipAsync = promisify(gunzip);

/** A body as received. */
export interface Body {
  /** Empty if the body exceeded the limit. */
  readonly body: Buffer;
  /** The bytes received or announced. */
  readonly bytes: number;
}

/** How much of an oversized body is read and dropped, so that the client sees the answer instead of a broken connection. */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

/** Reads a body, and keeps it if it has at most `maxBytes`. @throws Error if the client disconnects */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > MAX_DRAINED_BYTES) return { body: Buffer.alloc(0), bytes: announced };
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_DRAINED_BYTES) break;
    if (bytes <= maxBytes) chunks.push(chunk);
  }
  return { body: bytes <= maxBytes ? Buffer.concat(chunks) : Buffer.alloc(0), bytes };
}

/**
 * Decompresses a gzip body of at most `maxBytes`, so that a small body cannot fill the memory.
 * @returns `too-large` if the result would be larger; `not-gzip` for another format or a truncated body
 */
export async function inflate(body: Buffer, maxBytes: number): Promise<Buffer | 'too-large' | 'not-gzip'> {
  try {
    return await gunzipAsync(body, { maxOutputLength: maxBytes });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'not-gzip';
  }
}
