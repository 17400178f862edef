import { isCredentialName } from './secret-names';

/** Shorter values are not masked: they would mask half of every sentence. */
export const SHORTEST_SECRET = 4;
/** A session cookie is a secret from this length on. */
const SHORTEST_COOKIE = 6;
/** A value in an answer looks like a secret only from this length on: shorter ones also occur as words of the log. */
const SHORTEST_SEEN = 8;
/** No word is this long. */
const LONG = 20;
/** A scheme and its credential: `Bearer x`, `Basic x`, `SSWS x`. */
const SCHEME = /^([A-Za-z][\w-]{0,20}) +(\S.*)$/;
const ATTRIBUTE = /^(?:domain|path|expires|max-age|samesite)=/i;
/** `a=1, b="2"` within a credential. */
const PAIR = /(?<![\w-])([\w-]+) ?= ?"?([^\s",;]+)/g;
/** The parameters of digest authentication that are masked. */
const OF_DIGEST = /^(?:response|c?nonce|opaque)$/i;
/** A JSON Web Token: three parts, or five if it is encrypted (RFC 7519, RFC 7516). */
const JWT = /(?<![\w-])eyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*(?:\.[\w-]+\.[\w-]+)?/g;
const TIME = /^\d{4}-\d\d-\d\d/;
/** Words that occur in place of a secret. */
const WORDS = new Set([
  ...[
    'undefined',
    'null',
    '[object object]',
    'deleted',
    'expired',
    'invalid',
    'required',
    'optional',
    'disabled',
  ],
  ...['enabled', 'unknown', 'inactive', 'redacted', 'anonymous', 'default', 'pending'],
]);

/** A value with its name. */
export type Named = readonly [name: string, value: string];

/** True for a word that occurs in place of a secret. */
export function isWord(value: string): boolean {
  return WORDS.has(value.toLowerCase());
}

/** True if a value may be a token when its name says so: also letters only. */
export function mayBeToken(value: string): boolean {
  return value.length >= SHORTEST_SEEN && !/\s/.test(value) && !isWord(value);
}

/** True for a value that looks like a secret: not a word, not a time. */
export function isLikeSecret(value: string): boolean {
  if (!mayBeToken(value) || TIME.test(value)) return false;
  return value.length >= LONG || /\d/.test(value) || (/[a-z]/.test(value) && /[A-Z]/.test(value));
}

/** A header's credential without its scheme; for `Basic` also the password, for `a=1, b=2` also values with a secret's name. */
export function credentialsOf(value: string): string[] {
  const [, scheme = '', credential = value] = SCHEME.exec(value.trim()) ?? [];
  if (scheme.toLowerCase() === 'basic') {
    const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(credential, 'base64').toString('utf8')) ?? [];
    return [credential, password];
  }
  const isDigest = scheme.toLowerCase() === 'digest';
  const named = [...credential.matchAll(PAIR)].filter(
    ([, name = '']) => isCredentialName(name) || (isDigest && OF_DIGEST.test(name)),
  );
  return [credential, ...named.map(([, , part = '']) => part).filter(isLikeSecret)];
}

/** The secrets in `a=1; b=2`, and in several `Set-Cookie` headers joined to one, without their attributes. */
export function cookiesOf(text: string): readonly Named[] {
  return text
    .split(/[;,]\s*/)
    .filter((pair) => pair.includes('=') && !ATTRIBUTE.test(pair))
    .map((pair): Named => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])
    .filter(([name, value]) => isLikeSecret(value) || (isCredentialName(name) && isSession(value)));
}

function isSession(value: string): boolean {
  return value.length >= SHORTEST_COOKIE && !/\s/.test(value) && !isWord(value);
}

/** The first JSON Web Tokens in a text, at most `most`. */
export function jwtsIn(text: string, most: number): string[] {
  if (!text.includes('eyJ')) return [];
  const found: string[] = [];
  for (const [token] of text.matchAll(JWT)) {
    found.push(token);
    if (found.length === most) break;
  }
  return found;
}
