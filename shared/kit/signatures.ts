import { createHash, createHmac } from 'node:crypto';

/** The hash functions that vendors sign with. */
export type HashName = 'sha1' | 'sha256' | 'sha512';

/** A time as RFC 2822 writes it, in UTC. @example 'Tue, 21 Aug 2012 17:29:18 -0000' */
export function rfc2822(at: Date): string {
  return at.toUTCString().replace('GMT', '-0000');
}

/**
 * Parameters in the one form that both sides can make: encoded as RFC 3986 says, in the order of the encoded names,
 * then values, joined by `=` and `&`. Empty where there are none.
 * @see https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.3.2
 */
export function canonicalQuery(parameters: readonly (readonly [string, string])[]): string {
  return parameters
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map((pair) => pair.join('='))
    .join('&');
}

/** What is hashed, or a key: bytes, or text, which is taken as UTF-8. */
export type Hashable = string | Uint8Array;

/** A hash, in lower-case hexadecimal digits. */
export function hashHex(name: HashName, data: Hashable): string {
  return createHash(name).update(data).digest('hex');
}

/** A hash, in Base64 with its padding. */
export function hashBase64(name: HashName, data: Hashable): string {
  return createHash(name).update(data).digest('base64');
}

/** A keyed hash, in lower-case hexadecimal digits. @see https://www.rfc-editor.org/rfc/rfc2104 */
export function hmacHex(name: HashName, key: Hashable, data: Hashable): string {
  return createHmac(name, key).update(data).digest('hex');
}

/** A keyed hash, in Base64 with its padding. */
export function hmacBase64(name: HashName, key: Hashable, data: Hashable): string {
  return createHmac(name, key).update(data).digest('base64');
}

/** A keyed hash as it is: the key of the next one, where a signature is a chain of them. */
export function hmacBytes(name: HashName, key: Hashable, data: Hashable): Uint8Array {
  return new Uint8Array(createHmac(name, key).update(data).digest());
}

/** The value of an `Authorization` header. @see https://www.rfc-editor.org/rfc/rfc7617 */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** The engine's own encoding leaves five characters as they are that RFC 3986 reserves. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
