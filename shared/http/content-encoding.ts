import { pipeline, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliDecompress, createBrotliDecompress, createUnzip, unzip } from 'node:zlib';
import type { AxiosResponse } from 'axios';
import { UnavailableError } from '../contract/errors';
import { tooLarge } from './request-failure';

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
