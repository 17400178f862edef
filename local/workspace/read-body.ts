import type { IncomingMessage } from 'node:http';

/** A body as received. */
export interface Body {
  /** Empty if the body exceeded the limit. */
  readonly body: Buffer;
  /** The bytes received or announced. */
  readonly bytes: number;
}

/** How much of a too large body is read and dropped, so that the client sees the answer and not a broken connection. */
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
