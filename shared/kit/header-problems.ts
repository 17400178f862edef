/** A header's name. @see RFC 9110, sections 5.1 and 5.6.2 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/**
 * Characters that no header may hold. Bytes above ASCII are legal, but their encoding is not defined, so that a vendor may read
 * other characters than were sent. @see RFC 9110, section 5.5
 */
const FOREIGN = /[^\t\x20-\x7e]/;
const BLANK_ENDS = /^[\t ]|[\t ]$/;

/** Headers of the connection, which the client sends itself. Another value breaks the request or redirects it. */
const CONNECTION = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** True for a header of the connection. */
export function isOfConnection(name: string): boolean {
  return CONNECTION.has(name.toLowerCase());
}

/** Why this cannot be the name of a header, as a clause; `undefined` where it can. */
export function headerNameProblem(name: string): string | undefined {
  return TOKEN.test(name) ? undefined : 'its name is empty or holds a character that no name of a header has';
}

/**
 * Why a header cannot hold this value exactly, as a clause; `undefined` where it can. A header holds visible ASCII
 * characters, with blanks and tabs between them. The clause never says the value.
 */
export function headerValueProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'its value is not text';
  const at = value.search(FOREIGN);
  if (at >= 0) return `character ${at + 1} of its value is not a visible ASCII character, a blank or a tab`;
  return BLANK_ENDS.test(value)
    ? 'its value begins or ends with a blank or a tab, which is not a part of it'
    : undefined;
}
