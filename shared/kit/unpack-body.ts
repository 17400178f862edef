import { gunzip } from 'node:zlib';

/** Why a body is not unpacked. */
export interface NotUnpacked {
  readonly why: string;
}

/**
 * Unpacks the body of a post: as it is where no encoding is named, or `identity`; of `gzip` no more than `maxBytes` are
 * ever made, however little came.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-content-encoding
 */
export function unpackBody(
  bytes: Uint8Array,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Uint8Array | NotUnpacked> {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return Promise.resolve(bytes);
  if (name !== 'gzip' && name !== 'x-gzip')
    return Promise.resolve({ why: 'its Content-Encoding is not known here' });
  return new Promise((resolve) => {
    gunzip(bytes, { maxOutputLength: maxBytes }, (error, unpacked) => {
      if (error === null) resolve(unpacked);
      else if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
        resolve({ why: `unpacked, it has more than ${maxBytes} bytes` });
      else resolve({ why: 'it is not the gzip that its Content-Encoding says' });
    });
  });
}
