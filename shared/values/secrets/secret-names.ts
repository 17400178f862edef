/** Names whose value is a secret, or derived from one: a signature, a token just fetched. */
const SECRET_NAME =
  /authorization|cookie|credential|pass(?:word|wd|phrase|code)|secret|signature|token|assertion|bearer|(?:api|access|private|subscription|auth|login|shared|master)[-_]?key|session|jwt|csrf|xsrf/i;
/** Names of secrets in a header, a parameter or a request body: `X-Auth-Key`, `key`. In a record they may name anything. */
const CREDENTIAL_NAME = /(?:^|[-_])(?:auth|key|pwd|pass|pin|otp|psk|sid|sig|hmac|ticket)$/i;
/** Names that no vendor gives to anything but a secret: no cursor and no job id has them. */
const CERTAIN_NAME =
  /authorization|credential|pass(?:word|wd|phrase)|pwd|secret|assertion|jwt|(?:access|refresh|id|auth|session|security|bearer)[-_]?token|(?:api|access|private|subscription|auth)[-_]?key/i;
/** Cursors are also named tokens, but are no secrets: the author of a connector wants to see them in the log. */
const CURSOR_NAME =
  /(?:^|[-_.$])(?:next|prev|previous|page|paging|pagination|continuation|skip|start|after|cursor|scroll|sync|delta|offset|resume)[-_]?(?:page)?[-_]?token$/i;
/**
 * Attributes of a secret, such as its type, expiry or length, are not secret. A word with `expir` is matched from its end:
 * matching from each `expir` on takes quadratic time.
 */
const SAID_OF_SECRET =
  /(?:type|use|ur[il]|endpoint|expires?|expires[-_]?in|lifetime|ttl|count|limit|name|status|state|policy|format|method|scope|algorithm|issued[-_]?at|created[-_]?at|time|date|version|length)$|\w$(?<=expir\w+)/i;
/** Members beside a token: its lifetime or its type. */
const BESIDE_TOKEN = /^(?:expires[-_]?in|token[-_]?type)$/i;

/** True for a member whose name marks its value as a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !CURSOR_NAME.test(name) && !SAID_OF_SECRET.test(name);
}

/** True for a secret's name in a request, or in the answer to a login: also names that are common elsewhere. */
export function isCredentialName(name: string): boolean {
  return isSecretName(name) || CREDENTIAL_NAME.test(name);
}

/** True if the name leaves no doubt, so that no checkpoint may contain the value. */
export function isCertainName(name: string): boolean {
  return isSecretName(name) && CERTAIN_NAME.test(name);
}

/** True for a member that only the answer of a token endpoint has. */
export function isBesideToken(name: string): boolean {
  return BESIDE_TOKEN.test(name);
}

/** False if a text contains no name of a secret or of a member beside a token. */
export function mayNameSecret(text: string): boolean {
  return SECRET_NAME.test(text) || /expires[-_]?in|(?:[?&]|\\u0026)sig=/i.test(text);
}
