import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { SettingError } from '../contract/errors';
import { AZURE_NETWORK } from '../http/azure-network';
import { cloudOf } from '../sink/clouds';
import { unresolvedProblems } from '../settings/unresolved-references';
import { isLoopback } from '../settings/setting-values';
import { prefixProblems } from './storage-names';
import type { Environment } from '../settings/environment';

/** The setting that the function host reads too. The settings of an identity begin with it. */
const STORAGE = 'AzureWebJobsStorage';
const SETTINGS = [
  '',
  '__accountName',
  '__blobServiceUri',
  '__queueServiceUri',
  '__credential',
  '__clientId',
  '__tenantId',
  '__clientSecret',
].map((suffix) => STORAGE + suffix);

/** How storage is opened: by a connection string for both services, or by an identity at two addresses. */
export type StorageSettings =
  | { readonly kind: 'connection-string'; readonly text: string }
  | { readonly kind: 'identity'; readonly blobUri: string; readonly queueUri: string };

/** The variables that name storage for an identity. Empty if there is a connection string, which takes precedence. */
export function identityVariables(env: Environment): readonly string[] {
  const isSet = (name: string): boolean => (env[name]?.trim() ?? '') !== '';
  const named = ['__accountName', '__blobServiceUri', '__queueServiceUri'].map((suffix) => STORAGE + suffix);
  return isSet(STORAGE) ? [] : named.filter(isSet);
}

/**
 * Reads where storage is. Sends no request.
 * @throws SettingError naming each variable that is missing, malformed or unresolved. It never quotes a connection string
 */
export function readStorageSettings(env: Environment): StorageSettings {
  const wrong = (...problems: readonly string[]): SettingError =>
    new SettingError(`opening storage: ${problems.join(' ')}`);
  const unreadable = [...unresolvedProblems(SETTINGS, env), ...prefixProblems(env)];
  if (unreadable.length > 0) throw wrong(...unreadable);
  const valueOf = (suffix: string): string => env[STORAGE + suffix]?.trim() ?? '';

  const text = valueOf('');
  if (text !== '') {
    const problem = connectionProblem(text);
    if (problem !== undefined) throw wrong(problem);
    return { kind: 'connection-string', text };
  }
  const account = valueOf('__accountName');
  const { storageSuffix } = cloudOf(env);
  const uriOf = (service: 'blob' | 'queue'): string =>
    valueOf(`__${service}ServiceUri`) ||
    (account === '' ? '' : `https://${account}.${service}.${storageSuffix}`);
  const [blobUri, queueUri] = [uriOf('blob'), uriOf('queue')];
  if (blobUri === '' && queueUri === '')
    throw wrong(
      `${STORAGE} is not set. Give it a connection string, or set ${STORAGE}__accountName for an identity.`,
    );
  const problems = [
    ...accountProblem(account),
    ...uriProblem('blob', blobUri, 'queue'),
    ...uriProblem('queue', queueUri, 'blob'),
  ];
  if (problems.length > 0) throw wrong(...problems);
  return { kind: 'identity', blobUri, queueUri };
}

/** Lets the Azure clients parse it. Their own errors (`Invalid URL`) do not name the variable. */
function connectionProblem(text: string): string | undefined {
  const form = 'DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net';
  try {
    BlobServiceClient.fromConnectionString(text, { ...AZURE_NETWORK });
  } catch {
    return `${STORAGE} is not a connection string of a storage account. It looks like ${form}: copy it whole from the account’s access keys, or remove it and set ${STORAGE}__accountName for an identity.`;
  }
  try {
    QueueServiceClient.fromConnectionString(text, { ...AZURE_NETWORK });
    return undefined;
  } catch {
    return `${STORAGE} has an address for blobs but none for queues, and both are needed. Add QueueEndpoint=…, or copy a connection string such as ${form}.`;
  }
}

/** @see https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-name */
function accountProblem(account: string): string[] {
  if (account === '' || /^[a-z\d]{3,24}$/.test(account)) return [];
  return [
    `${STORAGE}__accountName is not the name of a storage account: 3 to 24 lower-case letters and digits, without an address around it.`,
  ];
}

function uriProblem(service: 'blob' | 'queue', uri: string, other: 'blob' | 'queue'): string[] {
  const name = `${STORAGE}__${service}ServiceUri`;
  if (uri === '')
    return [
      `${name} is not set, and ${STORAGE}__${other}ServiceUri alone is not enough: set both, or ${STORAGE}__accountName alone.`,
    ];
  const example = `https://examplestorage.${service}.core.windows.net`;
  if (!URL.canParse(uri)) return [`${name} is not an address. It looks like ${example}.`];
  const { hostname, protocol, search } = new URL(uri);
  if (search !== '') return [`${name} must be the address alone, without a query. It looks like ${example}.`];
  // The Azure clients send no token without TLS.
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return [];
  return [`${name} must begin with https://. It looks like ${example}.`];
}
