import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What a post of the Data Collector API signs of itself; its body only by its length. */
export interface SignedPost {
  /** Bytes of the body. */
  readonly contentLength: number | string;
  /** As it is in the header, to the byte. */
  readonly contentType: string;
  /** The text of `x-ms-date`. */
  readonly date: string;
}

/**
 * The signature of one post, Base64.
 * @param key decoded
 * @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#authorization
 */
export function sharedKeySignature(
  key: Uint8Array,
  { contentLength, contentType, date }: SignedPost,
): string {
  const text = `POST\n${contentLength}\n${contentType}\nx-ms-date:${date}\n/api/logs`;
  return createHmac('sha256', key).update(text, 'utf8').digest('base64');
}

/** Which of these keys signed a post; `undefined` when none did. Every key is tried, so that the time tells nothing. */
export function signingKey<K extends { readonly key: Uint8Array }>(
  keys: readonly K[],
  signature: string,
  post: SignedPost,
): K | undefined {
  return keys.filter(({ key }) => isSameSecret(signature, sharedKeySignature(key, post)))[0];
}

/** Compares in a time that tells nothing about either, whatever their lengths. */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
