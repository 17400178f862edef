import { pipeline, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliDecompress, createBrotliDecompress, createUnzip, unzip } from 'node:zlib';
import type { AxiosResponse } from 'axios';
import { UnavailableError } from '../contract/errors';
import type { HttpOptions } from './http-options';
import { tooLarge } from './request-failure';

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

/**
 * What a request accepts. A body that ends before its compressed data do is an outage: its beginning may look whole.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1
 */
export const ACCEPTED_ENCODINGS = 'gzip, br';

type Encoded<T> = Pick<AxiosResponse<T>, 'data' | 'headers'>;

/** The body of an answer, decompressed as its `Content-Encoding` says; an unknown encoding stays. */
export async function decodedBody(answer: Encoded<Buffer>, doing: string, maxBytes: number): Promise<Buffer> {
  const { data } = answer;
  const encoding = encodingOf(answer);
  if (data.length === 0 || encoding === undefined) return data;
  try {
    return await promisify<Buffer, { maxOutputLength: number }, Buffer>(
      encoding === 'br' ? brotliDecompress : unzip,
    )(data, { maxOutputLength: maxBytes });
  } catch (error) {
    const { code = '', message } = error as { readonly code?: string; readonly message: string };
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(doing, maxBytes, error);
    throw new UnavailableError(
      `${doing}: the compressed answer is damaged or was cut off: ${message}. The next run goes on from here.`,
      { cause: error },
    );
  }
}

/** The same for a body that arrives. The stream fails where the compressed data are damaged or cut off. */
export function decodedStream(answer: Encoded<Readable>): Readable {
  const { data } = answer;
  const encoding = encodingOf(answer);
  if (encoding === undefined) return data;
  // Whoever reads the stream meets its error.
  return pipeline(data, encoding === 'br' ? createBrotliDecompress() : createUnzip(), () => undefined);
}

function encodingOf({ headers }: Encoded<unknown>): 'gzip' | 'br' | undefined {
  const named = String(headers['content-encoding'] ?? '').toLowerCase();
  if (named === 'br') return 'br';
  return ['gzip', 'x-gzip', 'deflate'].includes(named) ? 'gzip' : undefined;
}
