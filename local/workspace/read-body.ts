import type { IncomingMessage } from 'node:http';

/** A body as it came over the wire. */
export interface Body {
  /** Empty when there was more than the limit. */
  readonly body: Buffer;
  /** How much there was, or was announced. */
  readonly bytes: number;
}

/**
 * What is read, and thrown away, of a body that is too large, so that its sender reads our answer and not a broken
 * connection. Past it nothing more is read.
 */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

/** Reads a body and keeps it when it is at most `maxBytes`. @throws Error when the sender goes away */
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
