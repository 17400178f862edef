import type { AccessToken, TokenCredential } from '@azure/identity';
import { SettingError } from '../contract/errors';
import { AZURE_NETWORK } from '../http/azure-network';
import { cloudOf } from './clouds';
import { IDENTITY_NETWORK, recordLastAttempt, failureOfAttempt, type LastAttempt } from './identity-network';
import { unresolvedProblems } from '../settings/unresolved-references';
import { isLoopback } from '../settings/setting-values';
import { tokenFailure, type TokenFailure } from './token-failure';
import type { Environment } from '../settings/environment';

/** The token of the local workspace. It is valid nowhere else and is sent to this machine only. */
export const LOCAL_TOKEN = 'local-workspace';
/** Time limit for a token, including the identity's own retries. */
const TOKEN_TIMEOUT_MS = 30_000;

const IDENTITY_SETTINGS = ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_CLIENT_SECRET'];

/** Returns the bearer token for one request. */
export type GetToken = (signal: AbortSignal) => Promise<string>;

/** The identity that requests tokens, and its authority. */
export interface Identity {
  /** The cloud's authority. */
  readonly authority: string;
  /** The client id of a user-assigned identity, or, with the two below, of a registered app. */
  readonly clientId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly clientSecret?: string | undefined;
}

/** Opens an identity. It caches its tokens until shortly before they expire. */
export type OpenCredential = (identity: Identity) => Pick<TokenCredential, 'getToken'>;

const credentials = new Map<string, TokenCredential>();

/**
 * Returns a function that gets the app identity's token for an ingestion endpoint, or, with `scope`, for another service.
 * A loopback endpoint gets the fixed local token, without loading the identity library.
 * @throws SettingError for an http endpoint, because a real token would travel in the clear; when the identity gives no
 * token; and when the certificate of its authority, or the proxy, is wrong
 * @throws UnavailableError when the authority cannot be reached or does not answer in time
 */
export function tokenFor(
  endpoint: URL,
  env: Environment,
  open: OpenCredential = openCredential,
  scope?: string,
): GetToken {
  if (isLoopback(endpoint.hostname)) return () => Promise.resolve(LOCAL_TOKEN);
  const doing = `getting a token for ${endpoint.origin}`;
  if (endpoint.protocol !== 'https:') {
    throw new SettingError(`${doing}: it must begin with https://.`);
  }
  const { authority, ingestionScope } = cloudOf(env);
  const problems = unresolvedProblems(IDENTITY_SETTINGS, env);
  if (problems.length > 0) throw new SettingError(`${doing}: ${problems.join(' ')}`);
  const own = (name: string): string | undefined => env[name]?.trim() || undefined;
  const identity = {
    authority,
    clientId: own('AZURE_CLIENT_ID'),
    tenantId: own('AZURE_TENANT_ID'),
    clientSecret: own('AZURE_CLIENT_SECRET'),
  };
  return async (signal) => {
    const { token } = await tokenWithin({
      doing,
      ask: (abortSignal) => open(identity).getToken(scope ?? ingestionScope, { abortSignal }),
      signal,
      secrets: [identity.clientSecret ?? ''],
    });
    return token;
  };
}

/** A request for one token. */
export interface TokenRequest extends Pick<TokenFailure, 'advice' | 'hasIdentity' | 'secrets'> {
  readonly doing: string;
  readonly ask: (signal: AbortSignal) => Promise<AccessToken | null>;
  readonly signal?: AbortSignal;
}

/**
 * Requests a token from an identity, within 30 s.
 * @throws SettingError when it gives none; UnavailableError when the authority is not reached in time; the signal's reason
 * when the signal aborts
 */
export async function tokenWithin({ ask, doing, signal, ...words }: TokenRequest): Promise<AccessToken> {
  const timeout = AbortSignal.timeout(TOKEN_TIMEOUT_MS);
  const bound = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const last: LastAttempt = {};
  try {
    // Not every identity obeys the signal. The request of one that does not is abandoned.
    const token = await within(bound, () => recordLastAttempt(last, () => ask(bound)));
    if (token === null) throw new Error('the identity gives no token');
    return token;
  } catch (error) {
    signal?.throwIfAborted();
    const unanswered = failureOfAttempt(doing, last);
    if (unanswered !== undefined) throw unanswered;
    throw tokenFailure(doing, error, {
      ...words,
      timedOutAfterMs: timeout.aborted ? TOKEN_TIMEOUT_MS : undefined,
    });
  }
}

async function within<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let leave: (() => void) | undefined;
  const left = new Promise<never>((_, fail) => {
    leave = () => fail(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([ask(), left]);
  } finally {
    if (leave !== undefined) signal.removeEventListener('abort', leave);
  }
}

/** Opens each identity once per process: a registered app when its three settings are set, else the app's own identity. */
export const openCredential = (identity: Identity): TokenCredential => {
  const { authority: authorityHost, clientId, clientSecret, tenantId } = identity;
  const key = JSON.stringify([authorityHost, tenantId, clientId, clientSecret]);
  const known = credentials.get(key);
  if (known !== undefined) return known;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a large library, loaded only where it is used
  const azure = require('@azure/identity') as typeof import('@azure/identity');
  const credential =
    tenantId !== undefined && clientId !== undefined && clientSecret !== undefined
      ? new azure.ClientSecretCredential(tenantId, clientId, clientSecret, {
          authorityHost,
          ...IDENTITY_NETWORK,
        })
      : new azure.DefaultAzureCredential({
          authorityHost,
          ...AZURE_NETWORK,
          ...(clientId === undefined ? {} : { managedIdentityClientId: clientId }),
        });
  credentials.set(key, credential);
  return credential;
};
