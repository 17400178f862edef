import { gunzip } from 'node:zlib';

/** Why a body is not unpacked. */
export interface NotUnpacked {
  readonly why: string;
}

/** The first bytes of every gzip member. @see https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1 */
const GZIP = [0x1f, 0x8b];

/**
 * Unpacks the body of a post that begins as gzip does, and makes no more than `maxBytes` of it, however little came.
 * Any other body is returned as it is. The bytes decide, because no signature covers `Content-Encoding`, and no JSON
 * text and no form begins with these two.
 */
export function unpackBody(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array | NotUnpacked> {
  if (!GZIP.every((byte, place) => bytes[place] === byte)) return Promise.resolve(bytes);
  return new Promise((resolve) => {
    gunzip(bytes, { maxOutputLength: maxBytes }, (error, unpacked) => {
      if (error === null) resolve(unpacked);
      else if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
        resolve({ why: `unpacked, it has more than ${maxBytes} bytes` });
      else resolve({ why: 'it begins as gzip does, and is none' });
    });
  });
}
