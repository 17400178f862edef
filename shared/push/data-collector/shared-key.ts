import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The parts of a request that the Data Collector API's signature covers. It covers only the length of the body. */
export interface SignedPost {
  /** Bytes of the body. */
  readonly contentLength: number | string;
  /** As received, byte for byte. */
  readonly contentType: string;
  /** The text of `x-ms-date`. */
  readonly date: string;
}

/**
 * The signature of one request, in Base64.
 * @param key the decoded key
 * @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#authorization
 */
export function sharedKeySignature(
  key: Uint8Array,
  { contentLength, contentType, date }: SignedPost,
): string {
  const text = `POST\n${contentLength}\n${contentType}\nx-ms-date:${date}\n/api/logs`;
  return createHmac('sha256', key).update(text, 'utf8').digest('base64');
}

/** The key that signed a request; `undefined` if none did. Tries every key, so that timing reveals nothing. */
export function signingKey<K extends { readonly key: Uint8Array }>(
  keys: readonly K[],
  signature: string,
  post: SignedPost,
): K | undefined {
  return keys.filter(({ key }) => isSameSecret(signature, sharedKeySignature(key, post)))[0];
}

/** Compares two secrets in constant time, whatever their lengths. */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
