/** What these are called says that their value is a secret, or made of one: a signature, a token just fetched. */
const SECRET_NAME =
  /authorization|cookie|credential|pass(?:word|wd|phrase)|secret|signature|token|assertion|bearer|api[-_]?key|access[-_]?key|private[-_]?key|subscription[-_]?key|session|jwt/i;
/** So are these, of a header or a parameter; a member of a body that is called so may be anything: `X-Auth-Key`, `key`. */
const CREDENTIAL_NAME = /(?:^|[-_])(?:auth|key|pwd|sid|sig|hmac|ticket)$/i;
/** Cursors are called tokens too, and say nothing: an author wants to see them. */
const CURSOR_NAME =
  /(?:^|[-_.$])(?:next|prev|previous|page|paging|pagination|continuation|skip|start|after|cursor|scroll|sync|delta|offset|resume)[-_]?(?:page)?[-_]?token$/i;
/** What is said of a secret is none. */
const SAID_OF_SECRET =
  /(?:type|use|ur[il]|endpoint|expires?|expir\w+|expires[-_]?in|lifetime|ttl|count|limit|name|status|state|policy|format|method|scope|algorithm)$/i;

/** True for a member whose value is a secret by what it is called. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !CURSOR_NAME.test(name) && !SAID_OF_SECRET.test(name);
}

/** True for a header or a parameter of an address whose value is a secret by what it is called. */
export function isCredentialName(name: string): boolean {
  return isSecretName(name) || CREDENTIAL_NAME.test(name);
}

/** False for a text in which nothing is called like a secret. */
export function mayNameSecret(text: string): boolean {
  return SECRET_NAME.test(text);
}
