import type { Readable } from 'node:stream';
import { UnavailableError } from '../contract/errors';
import type { HttpOptions } from './http-options';

/** A limit of the time of an attempt, or of the wait for each chunk. Its signal ends the request. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  start(): void;
  stop(): void;
}

/** A limit that is not running yet. */
export function timeLimit(ms: number): TimeLimit {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: abort.signal,
    start() {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), ms).unref();
    },
    stop: () => clearTimeout(timer),
  };
}

/**
 * The chunks of a body, read once and no faster than they are taken. Leaving the loop ends the connection.
 * @throws UnavailableError when the body ends before it is whole; the reason of the run's signal
 */
export async function* streamedChunks(
  stream: Readable,
  idle: TimeLimit,
  doing: string,
  { secrets, signal }: Pick<HttpOptions, 'secrets' | 'signal'>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      idle.start();
      const next = await chunks.next().finally(() => idle.stop());
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = error as { readonly code?: string; readonly message: string };
    const because = idle.signal.aborted ? 'nothing more came' : secrets.mask(code ?? message);
    throw new UnavailableError(
      `${doing}: the answer ended before it was whole: ${because}. The next run goes on from here.`,
      { cause: new Error(secrets.mask(message)) },
    );
  } finally {
    stream.destroy();
  }
}

/** The whole body of an answer that is not read in chunks, such as an error; cut where it is longer than `maxBytes`. */
export async function wholeBody(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const all: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    all.push(chunk);
    bytes += chunk.length;
    if (bytes >= maxBytes) break;
  }
  return Buffer.concat(all);
}
