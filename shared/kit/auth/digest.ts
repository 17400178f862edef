import { createHash, randomBytes } from 'node:crypto';

/** The hash functions of a challenge, by its `algorithm`. @see RFC 7616, section 6.1 */
const HASHES: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256' };
const SESSION = /-sess$/i;
const PARAMETER = /(?<![\w-])([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/g;
const ASCII = /^[\x20-\x7e]*$/;

/** A challenge that can be answered, and how often its nonce was used. */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As it was spelled; `undefined` if it was not named. */
  readonly algorithm: string | undefined;
  readonly hasHashedUser: boolean;
  /** True if only the nonce of the request was too old. */
  readonly isStale: boolean;
  count: number;
}

/** The request that a digest covers. */
export interface DigestRequest {
  readonly method: string;
  /** Path and query, as they are sent. */
  readonly uri: string;
}

/** The first challenge of `WWW-Authenticate` that can be answered: with a known hash, for the request without its body. */
export function readChallenge(header: string): Challenge | undefined {
  const parts = header.split(/(?:^|,\s*)Digest\s+/i).slice(1);
  return parts.map(challengeIn).find((each) => each !== undefined);
}

function challengeIn(text: string): Challenge | undefined {
  const found = digestParameters(text);
  const { algorithm, nonce, opaque, qop = '', realm = '', stale, userhash } = found;
  if (nonce === undefined || hashOf(algorithm) === undefined) return undefined;
  if (!qop.split(',').some((each) => each.trim() === 'auth')) return undefined;
  const isTrue = (value = ''): boolean => value.toLowerCase() === 'true';
  return {
    realm,
    nonce,
    opaque,
    algorithm,
    hasHashedUser: isTrue(userhash),
    isStale: isTrue(stale),
    count: 0,
  };
}

/** The parameters of a challenge or of its answer, by lower-case name; of several with a name the first. */
export function digestParameters(text: string): Readonly<Record<string, string | undefined>> {
  const found: Record<string, string> = {};
  for (const [, name = '', quoted, token = ''] of text.matchAll(PARAMETER))
    found[name.toLowerCase()] ??= quoted ?? token;
  return found;
}

/** The value of `Authorization`. Counts the use of the nonce. @see RFC 7616, section 3.4 */
export function answerChallenge(
  challenge: Challenge,
  request: DigestRequest,
  user: string,
  password: string,
): string {
  const { algorithm, hasHashedUser, nonce, opaque, realm } = challenge;
  const nc = (++challenge.count).toString(16).padStart(8, '0');
  const cnonce = randomBytes(16).toString('hex');
  const name = hasHashedUser ? digestHash(algorithm, `${user}:${realm}`) : user;
  const response = digestResponse({ algorithm, cnonce, nc, nonce, realm }, request, user, password);
  return `Digest ${[
    ASCII.test(name) ? `username=${quoted(name)}` : `username*=UTF-8''${encodeURIComponent(name)}`,
    `realm="${realm}"`,
    `uri="${request.uri}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    `nonce="${nonce}"`,
    `nc=${nc}`,
    `cnonce="${cnonce}"`,
    'qop=auth',
    `response="${response}"`,
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ...(hasHashedUser ? ['userhash=true'] : []),
  ].join(', ')}`;
}

/** The proof that the user and the password are known. @see RFC 7616, section 3.4.1 */
export function digestResponse(
  of: Pick<Challenge, 'algorithm' | 'nonce' | 'realm'> & { readonly cnonce: string; readonly nc: string },
  { method, uri }: DigestRequest,
  user: string,
  password: string,
): string {
  const { algorithm, cnonce, nc, nonce, realm } = of;
  const hash = (text: string): string => digestHash(algorithm, text);
  const secret = hash(`${user}:${realm}:${password}`);
  const key = SESSION.test(algorithm ?? '') ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  return hash([key, nonce, nc, cnonce, 'auth', hash(`${method}:${uri}`)].join(':'));
}

function digestHash(algorithm: string | undefined, text: string): string {
  return createHash(hashOf(algorithm) ?? 'md5')
    .update(text)
    .digest('hex');
}

function hashOf(algorithm = 'MD5'): string | undefined {
  return HASHES[algorithm.replace(SESSION, '').toUpperCase()];
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
