import type { TokenCredential } from '@azure/identity';
import { SettingError } from '../contract/errors';
import { cloudOf } from './clouds';
import { isLoopback, type Environment } from './settings';

/** The token that the local workspace takes. It opens nothing else and is sent to this machine only. */
export const LOCAL_TOKEN = 'local-workspace';

/** Gives the bearer token for one request. */
export type GetToken = (signal: AbortSignal) => Promise<string>;

const credentials = new Map<string, TokenCredential>();

/**
 * The token for an ingestion endpoint: of the app's identity, or the fixed local one for a loopback endpoint,
 * where the identity library is not even loaded.
 * @throws SettingError when the identity gives none, and for http: a real token is never asked for where it would
 * travel in the clear
 */
export function tokenFor(endpoint: URL, env: Environment): GetToken {
  if (isLoopback(endpoint.hostname)) return () => Promise.resolve(LOCAL_TOKEN);
  if (endpoint.protocol !== 'https:') {
    throw new SettingError(`getting a token for ${endpoint.origin}: it must begin with https://.`);
  }
  const { authority, ingestionScope } = cloudOf(env);
  return async (signal) => {
    try {
      const token = await credentialOf(authority, env['AZURE_CLIENT_ID'] || undefined).getToken(
        ingestionScope,
        {
          abortSignal: signal,
        },
      );
      if (token === null) throw new Error('the identity gives none');
      return token.token;
    } catch (error) {
      signal.throwIfAborted();
      throw new SettingError(
        `getting a token for ${endpoint.origin}: ${(error as Error).message.split('\n')[0]}. Give the function app a managed identity, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET.`,
        { cause: error },
      );
    }
  };
}

/** One credential for the process: it keeps its tokens until shortly before they end. */
function credentialOf(authority: string, clientId: string | undefined): TokenCredential {
  const key = `${authority} ${clientId ?? ''}`;
  const known = credentials.get(key);
  if (known !== undefined) return known;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a large library, loaded only where it is used
  const { DefaultAzureCredential } = require('@azure/identity') as typeof import('@azure/identity');
  const credential = new DefaultAzureCredential({
    authorityHost: authority,
    ...(clientId === undefined ? {} : { managedIdentityClientId: clientId }),
  });
  credentials.set(key, credential);
  return credential;
}
