import type { Auth } from '../../../shared/contract/auth';
import type { VendorAnswer, VendorRequest } from '../../../shared/contract/simulator';
import { digestParameters, digestResponse } from '../../../shared/kit/auth/digest';
import { isIssued, issueToken } from './issued-token';
import { filled } from './token-endpoint';

type Digest = Extract<Auth, { readonly kind: 'digest' }>;

const REALM = 'local';
const ALGORITHM = 'SHA-256';

/** The challenge for a request without a nonce that lives; `undefined` for one that has it. */
export function answerUnchallenged(auth: Digest, request: VendorRequest): VendorAnswer | undefined {
  const { nonce } = sentIn(request);
  if (nonce !== undefined && isIssued(nonce, [auth], request)) return undefined;
  const challenge = [
    `Digest realm="${REALM}"`,
    'qop="auth"',
    `algorithm=${ALGORITHM}`,
    `nonce="${issueToken([auth], request)}"`,
    `stale=${nonce !== undefined}`,
  ];
  return { status: 401, headers: { 'www-authenticate': challenge.join(', ') }, body: { error: 'challenge' } };
}

/** True for a request whose digest is right. */
export function hasDigest(auth: Digest, request: VendorRequest): boolean {
  const sent = sentIn(request);
  const { cnonce = '', nc = '', nonce = '', uri = '' } = sent;
  const user = filled(auth.user, request.settings);
  const password = filled(auth.password ?? '', request.settings);
  const of = { algorithm: ALGORITHM, realm: REALM, cnonce, nc, nonce };
  const expected: Readonly<Record<string, string>> = {
    username: user,
    realm: REALM,
    algorithm: ALGORITHM,
    qop: 'auth',
    response: digestResponse(of, { method: request.method, uri }, user, password),
  };
  return (
    Object.entries(expected).every(([name, value]) => sent[name] === value) &&
    /^(?!0{8})[0-9a-f]{8}$/.test(nc) &&
    cnonce !== '' &&
    isIssued(nonce, [auth], request) &&
    isAddress(uri, request)
  );
}

function isAddress(uri: string, { fullPath, query }: VendorRequest): boolean {
  const { pathname, searchParams } = new URL(uri, 'http://localhost');
  const given = Object.fromEntries(searchParams);
  return pathname === fullPath && JSON.stringify(given) === JSON.stringify(query);
}

function sentIn({ headers }: VendorRequest): ReturnType<typeof digestParameters> {
  const [, parameters = ''] = /^Digest (.*)$/s.exec(String(headers['authorization'])) ?? [];
  return digestParameters(parameters);
}
