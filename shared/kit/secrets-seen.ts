import type { HttpRequest } from '../contract/http';
import type { Json } from '../contract/json';
import { parseJson } from './json';
import { isCredentialName, isSecretName, mayNameSecret } from './secret-names';

/** A token's answer is small; a page of events is not looked through. */
const MAX_BYTES = 65_536;
/** No token stands deeper. */
const MAX_DEPTH = 8;
/** A credential that we send is a secret from this length on; a word of an answer looks like one only from the next. */
const SHORTEST_SENT = 6;
const SHORTEST_SEEN = 8;
/** So long that no word is. */
const LONG = 20;
/** A scheme and its credential: `Bearer x`, `Basic x`, `SSWS x`. */
const SCHEME = /^([A-Za-z][\w-]{0,20}) +(\S.*)$/;
const ATTRIBUTE = /^(?:domain|path|expires|max-age|samesite)=/i;
const FORM = /^[\w.~%+-]+=[^\s]*$/;
/** `a=1, b="2"` within a credential. */
const PAIR = /([\w-]+) ?= ?"?([^\s",;]+)/g;
/** What a mistake of the code makes of a credential that is not there. */
const NOTHING = new Set(['undefined', 'null', '[object Object]']);

type Named = readonly [name: string, value: string];
type Headers = Readonly<Record<string, string>>;

/**
 * What of a request is a secret: the credentials in its headers, and what its query and its body call a token, a
 * password or the like. @param url with the query that is sent
 */
export function secretsSent(
  { body, headers = {} }: Pick<HttpRequest, 'body' | 'headers'>,
  url: URL,
): string[] {
  const ofHeaders = Object.entries(headers).filter(([name]) => isCredentialName(name));
  const told = [
    ...[...url.searchParams].filter(([name]) => isCredentialName(name)),
    ...bodyOf(body).filter(([name]) => isSecretName(name)),
  ];
  return [
    ...ofHeaders.flatMap(([name, value]) => (/cookie/i.test(name) ? cookiesOf(value) : credentialsOf(value))),
    ...told
      .filter(([name, value]) => /pass|secret/i.test(name) || isLikeSecret(value))
      .map(([, value]) => value),
  ].filter((value) => value.length >= SHORTEST_SENT && !NOTHING.has(value));
}

/** What of an answer is a secret: its cookies, and what a header, or a member of a small body outside of any list, is called a token or the like. */
export function secretsReceived({
  body,
  headers,
}: {
  readonly body: Uint8Array;
  readonly headers: Headers;
}): string[] {
  const ofHeaders = Object.entries(headers)
    .filter(([name]) => isSecretName(name))
    .flatMap(([name, value]) => (/cookie/i.test(name) ? cookiesOf(value) : credentialsOf(value)));
  const ofBody = bodyOf(body)
    .filter(([name]) => isSecretName(name))
    .map(([, value]) => value);
  return [...ofHeaders, ...ofBody].filter(isLikeSecret);
}

/** A word such as `required` or `disabled` is none. */
function isLikeSecret(value: string): boolean {
  if (value.length < SHORTEST_SEEN || /\s/.test(value)) return false;
  return value.length >= LONG || /\d/.test(value) || /[a-z].*[A-Z]|[A-Z].*[a-z]/.test(value);
}

/** The credential behind its scheme; of `Basic` the password too, of `a=1, b=2` what is called a secret. */
function credentialsOf(value: string): string[] {
  const [, scheme = '', credential = value] = SCHEME.exec(value.trim()) ?? [];
  if (scheme.toLowerCase() !== 'basic') {
    const named = [...credential.matchAll(PAIR)].filter(([, name = '']) => isCredentialName(name));
    return [credential, ...named.map(([, , part = '']) => part).filter(isLikeSecret)];
  }
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(credential, 'base64').toString('utf8')) ?? [];
  return [credential, password];
}

/** The values of `a=1; b=2`, and of what several `Set-Cookie` were joined to, without their attributes. */
function cookiesOf(text: string): string[] {
  return text
    .split(/[;,]\s*/)
    .filter((pair) => pair.includes('=') && !ATTRIBUTE.test(pair))
    .map((pair) => pair.slice(pair.indexOf('=') + 1))
    .filter(isLikeSecret);
}

/** The texts of a body in JSON or of a form, with their names; what stands in lists is left out. */
function bodyOf(body: string | Uint8Array | undefined): readonly Named[] {
  if (body === undefined || body.length > MAX_BYTES) return [];
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  // Most pages have no such word, and are not read a second time.
  if (!mayNameSecret(text)) return [];
  if (FORM.test(text)) return [...new URLSearchParams(text)];
  if (!text.trimStart().startsWith('{')) return [];
  try {
    return [...membersOf(parseJson(text))];
  } catch {
    return [];
  }
}

function* membersOf(value: Json, depth = 0): Generator<Named> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > MAX_DEPTH) return;
  for (const [name, member] of Object.entries<Json>(value)) {
    if (typeof member === 'string') yield [name, member];
    else yield* membersOf(member, depth + 1);
  }
}
