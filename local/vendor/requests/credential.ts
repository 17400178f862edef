import { timingSafeEqual } from 'node:crypto';
import type { Auth } from '../../../shared/contract/auth';
import type { Refusal, VendorAnswer, VendorRequest } from '../../../shared/contract/simulator';
import { answerUnchallenged, hasDigest } from './digest-check';
import { hasSession } from './session-endpoint';
import { filled, isToken } from './token-endpoint';

/** Checks the credential of a request. The folder's `simulator.ts` checks signatures. */
export function checkCredential(auth: Auth | undefined, request: VendorRequest): Refusal | undefined {
  if (auth === undefined) return undefined;
  const has = HAS_CREDENTIAL[auth.kind] as (auth: Auth, request: VendorRequest) => boolean;
  if (has(auth, request)) return undefined;
  return { status: 401, because: 'the credential is missing or wrong' };
}

/**
 * The answer to a request without a living token where the client does nothing wrong: its token ended while it waited, or there
 * is no nonce yet. `undefined` for any other request.
 */
export function answerToEnded(auth: Auth | undefined, request: VendorRequest): VendorAnswer | undefined {
  if (auth?.kind === 'digest') return answerUnchallenged(auth, request);
  const isRightAt = (now: Date | undefined): boolean =>
    checkCredential(auth, { ...request, now }) === undefined;
  // Without a time no token has ended.
  if (isRightAt(request.now) || !isRightAt(undefined)) return undefined;
  return { status: 401, body: { error: 'invalid_token' } };
}

/** A request without its credential: what the declaration of a source describes. */
export function withoutCredential(auth: Auth | undefined, request: VendorRequest): VendorRequest {
  if (auth?.kind !== 'query') return request;
  const { [auth.name]: _, ...query } = request.query;
  return { ...request, query };
}

type Checks = {
  readonly [K in Auth['kind']]: (auth: Extract<Auth, { kind: K }>, request: VendorRequest) => boolean;
};

const HAS_CREDENTIAL: Checks = {
  bearer: ({ setting }, request) => isSame(headerOf(request), `Bearer ${request.settings[setting] ?? ''}`),
  header: ({ header, prefix = '', setting }, request) =>
    isSame(
      headerOf(request, header),
      `${filled(prefix, request.settings)}${request.settings[setting] ?? ''}`,
    ),
  query: ({ name, setting }, { query, settings }) => isSame(query[name] ?? '', settings[setting] ?? ''),
  basic({ password = '', user }, request) {
    const [, base64 = ''] = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(headerOf(request)) ?? [];
    const expected = [user, password].map((text) => filled(text, request.settings)).join(':');
    return isSame(Buffer.from(base64, 'base64').toString('utf8'), expected);
  },
  oauth2: (auth, request) => isToken(auth, /^Bearer (\S+)$/.exec(headerOf(request))?.[1] ?? '', request),
  digest: hasDigest,
  session: hasSession,
  signature: () => true,
};

function headerOf({ headers }: VendorRequest, name = 'authorization'): string {
  return String(headers[name.toLowerCase()] ?? '');
}

function isSame(sent: string, expected: string): boolean {
  const [a, b] = [Buffer.from(sent), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
