/** What these are called says that their value is a secret, or made of one: a signature, a token just fetched. */
const SECRET_NAME =
  /authorization|cookie|credential|pass(?:word|wd|phrase|code)|secret|signature|token|assertion|bearer|(?:api|access|private|subscription|auth|login|shared|master)[-_]?key|session|jwt|csrf|xsrf/i;
/** So are these, of a header, a parameter or what is sent; a member of a record that is called so may be anything: `X-Auth-Key`, `key`. */
const CREDENTIAL_NAME = /(?:^|[-_])(?:auth|key|pwd|pass|pin|otp|psk|sid|sig|hmac|ticket)$/i;
/** Whatever the vendor, nothing else is called so: neither a cursor nor the id of a job. */
const CERTAIN_NAME =
  /authorization|credential|pass(?:word|wd|phrase)|pwd|secret|assertion|jwt|(?:access|refresh|id|auth|session|security|bearer)[-_]?token|(?:api|access|private|subscription|auth)[-_]?key/i;
/** Cursors are called tokens too, and say nothing: an author wants to see them. */
const CURSOR_NAME =
  /(?:^|[-_.$])(?:next|prev|previous|page|paging|pagination|continuation|skip|start|after|cursor|scroll|sync|delta|offset|resume)[-_]?(?:page)?[-_]?token$/i;
/** Attributes of a secret, such as its type, expiry or length, are not secret. A word with `expir` is matched from its end: matching from each `expir` on takes quadratic time. */
const SAID_OF_SECRET =
  /(?:type|use|ur[il]|endpoint|expires?|expires[-_]?in|lifetime|ttl|count|limit|name|status|state|policy|format|method|scope|algorithm|issued[-_]?at|created[-_]?at|time|date|version|length)$|\w$(?<=expir\w+)/i;
/** How long the token beside it is valid, or of what kind it is. */
const BESIDE_TOKEN = /^(?:expires[-_]?in|token[-_]?type)$/i;

/** True for a member whose value is a secret by what it is called. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !CURSOR_NAME.test(name) && !SAID_OF_SECRET.test(name);
}

/** True for what a request, or the answer to a login, calls like a secret, also where the name is a common one. */
export function isCredentialName(name: string): boolean {
  return isSecretName(name) || CREDENTIAL_NAME.test(name);
}

/** True where the name leaves no doubt, so that its value may stand in no checkpoint either. */
export function isCertainName(name: string): boolean {
  return isSecretName(name) && CERTAIN_NAME.test(name);
}

/** True for a member that only the answer of a token endpoint has. */
export function isBesideToken(name: string): boolean {
  return BESIDE_TOKEN.test(name);
}

/** False for a text in which nothing is called like a secret, nor stands beside one. */
export function mayNameSecret(text: string): boolean {
  return SECRET_NAME.test(text) || /expires[-_]?in|(?:[?&]|\\u0026)sig=/i.test(text);
}
