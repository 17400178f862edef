import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const gunzipAsync = promisify(gunzip);

/**
 * Undoes gzip, and stops at `maxBytes`, so that a small body cannot fill the memory.
 * @returns `too-large` when there would be more; `not-gzip` when it is something else or was cut off
 */
export async function inflate(body: Buffer, maxBytes: number): Promise<Buffer | 'too-large' | 'not-gzip'> {
  try {
    return await gunzipAsync(body, { maxOutputLength: maxBytes });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'not-gzip';
  }
}
