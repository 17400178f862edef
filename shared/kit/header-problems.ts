/** A header's name. @see RFC 9110, sections 5.1 and 5.6.2 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/**
 * What no header holds. Bytes above ASCII are allowed in one, but nothing says which characters they are, so that a vendor
 * reads others than were sent. @see RFC 9110, section 5.5
 */
const FOREIGN = /[^\t\x20-\x7e]/;
const BLANK_ENDS = /^[\t ]|[\t ]$/;

/** Headers of the connection, which are sent by themselves: another value breaks the request, or leads it elsewhere. */
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

/** True for a header that belongs to the connection and not to the request. */
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
