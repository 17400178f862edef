import { createGunzip } from 'node:zlib';
import { joinBytes, runCooperatively } from '../../values/cooperative';
import type { ReserveRoom } from '../in-flight';

/** Why a body was not decompressed. */
export interface NotUnpacked {
  readonly why: string;
}

/** The first bytes of every gzip member. @see https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1 */
const GZIP = [0x1f, 0x8b];

/**
 * Decompresses a body that begins as gzip does, to at most `maxBytes`. Any other body is returned as it is. The bytes
 * decide, because no signature covers `Content-Encoding`, and neither JSON nor a form begins with these two.
 * @param reserve asked for room for what is unpacked so far; `no-room` where there is none
 */
export async function unpackBody(
  bytes: Uint8Array,
  maxBytes: number,
  reserve: ReserveRoom,
): Promise<Uint8Array | NotUnpacked | 'no-room'> {
  if (!GZIP.every((byte, place) => bytes[place] === byte)) return bytes;
  const gunzip = createGunzip();
  gunzip.end(bytes);
  const pieces: Uint8Array[] = [];
  let unpacked = 0;
  try {
    for await (const piece of gunzip as AsyncIterable<Uint8Array>) {
      unpacked += piece.length;
      if (unpacked > maxBytes) return { why: `decompressed, it has more than ${maxBytes} bytes` };
      if (!reserve(unpacked)) return 'no-room';
      pieces.push(piece);
    }
  } catch {
    return { why: 'it begins like gzip, but is not valid gzip' };
  }
  return runCooperatively(joinBytes(pieces));
}
