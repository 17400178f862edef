import type { TokenCredential } from '@azure/identity';
import { SettingError } from '../contract/errors';
import { AZURE_NETWORK } from '../http/azure-network';
import { cloudOf } from '../sink/clouds';
import { IDENTITY_NETWORK } from '../sink/identity-network';
import { tokenWithin } from '../sink/token';
import type { Environment } from '../settings/environment';

/** Variables that App Service and Functions set when a managed identity is available. @see https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference */
const PLATFORM_IDENTITY = ['IDENTITY_ENDPOINT', 'MSI_ENDPOINT'];
const ROLES = 'Storage Blob Data Owner and Storage Queue Data Contributor';

/** The identity that opens storage, from `AzureWebJobsStorage__…`. */
export type StorageIdentity =
  | { readonly kind: 'managed'; readonly clientId?: string }
  | {
      readonly kind: 'registered-app';
      readonly tenantId: string;
      readonly clientId: string;
      readonly clientSecret: string;
    }
  | { readonly kind: 'developer' };

/**
 * Reads the identity that opens storage, by the rules of the function host, so that both use the same one: an app
 * registration if `__tenantId`, `__clientId` and `__clientSecret` are set; the managed identity on the platform, or if
 * `__credential` is `managedidentity`; otherwise a developer's sign-in. `AZURE_CLIENT_SECRET` and its companions belong to
 * the sink and are ignored.
 * @throws SettingError when `__credential` has any other value
 * @see https://learn.microsoft.com/azure/azure-functions/functions-reference#common-properties-for-identity-based-connections
 */
export function readStorageIdentity(env: Environment): StorageIdentity {
  const [credential, clientId, tenantId, clientSecret] = [
    'credential',
    'clientId',
    'tenantId',
    'clientSecret',
  ].map((name) => env[`AzureWebJobsStorage__${name}`]?.trim() ?? '') as [string, string, string, string];
  if (credential !== '' && credential.toLowerCase() !== 'managedidentity')
    throw new SettingError(
      `opening storage: AzureWebJobsStorage__credential is ${credential}. Set it to managedidentity, or remove it.`,
    );
  const managed = { kind: 'managed', ...(clientId === '' ? {} : { clientId }) } as const;
  if (credential !== '') return managed;
  if (tenantId !== '' && clientId !== '' && clientSecret !== '')
    return { kind: 'registered-app', tenantId, clientId, clientSecret };
  const isOnPlatform = PLATFORM_IDENTITY.some((name) => (env[name] ?? '') !== '');
  return isOnPlatform ? managed : { kind: 'developer' };
}

/**
 * Creates the credential of the storage clients.
 * @throws SettingError when `__credential` is unknown. `getToken` throws a SettingError when the identity has no token, and
 * an UnavailableError when the authority cannot be reached in time. It never throws an error with an HTTP status, which
 * would look like an answer of storage
 */
export function openStorageIdentity(env: Environment): TokenCredential {
  const identity = readStorageIdentity(env);
  const { authority } = cloudOf(env);
  let opened: TokenCredential | undefined;
  return {
    async getToken(scopes, options) {
      const signal = options?.abortSignal;
      const { token, expiresOnTimestamp } = await tokenWithin({
        doing: 'getting a token for storage',
        ask: (abortSignal) =>
          (opened ??= open(identity, authority)).getToken(scopes, { ...options, abortSignal }),
        ...(signal === undefined ? {} : { signal: signal as AbortSignal }),
        secrets: identity.kind === 'registered-app' ? [identity.clientSecret] : [],
        hasIdentity: identity.kind === 'managed',
        advice: adviceOf(identity),
      });
      return { token, expiresOnTimestamp };
    },
  };
}

function open(identity: StorageIdentity, authorityHost: string): TokenCredential {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a large library, loaded only where it is used
  const azure = require('@azure/identity') as typeof import('@azure/identity');
  if (identity.kind === 'managed') {
    const { clientId } = identity;
    return new azure.ManagedIdentityCredential({
      ...AZURE_NETWORK,
      ...(clientId === undefined ? {} : { clientId }),
    });
  }
  if (identity.kind === 'registered-app') {
    const { clientId, clientSecret, tenantId } = identity;
    return new azure.ClientSecretCredential(tenantId, clientId, clientSecret, {
      authorityHost,
      ...IDENTITY_NETWORK,
    });
  }
  return new azure.ChainedTokenCredential(
    new azure.AzureCliCredential(),
    new azure.AzureDeveloperCliCredential(),
    new azure.AzurePowerShellCredential(),
  );
}

function adviceOf(identity: StorageIdentity): string {
  if (identity.kind === 'registered-app')
    return 'Check AzureWebJobsStorage__tenantId, AzureWebJobsStorage__clientId and AzureWebJobsStorage__clientSecret.';
  if (identity.kind === 'developer')
    return `Sign in with "az login" as a user with the roles ${ROLES}, or set AzureWebJobsStorage to a connection string. For a managed identity outside the platform set AzureWebJobsStorage__credential to managedidentity.`;
  return identity.clientId === undefined
    ? `Give the function app a managed identity with the roles ${ROLES}, or set AzureWebJobsStorage to a connection string.`
    : `Check that AzureWebJobsStorage__clientId is the client id of an identity that is assigned to the function app, with the roles ${ROLES}.`;
}
