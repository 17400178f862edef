import type { Vendor } from '../../local/vendor/vendor';
import { LOCAL_TOKEN, variableOf } from '../../shared/admin';
import { COLLECTOR } from '../fakes/collector';
import type { Collector } from './collector';
import type { Storage } from './storage';
import type { TestEnvironmentOptions } from './test-environment';

/** The credential of the client that posts to `/api/logs`. */
export const PUSH_CREDENTIAL = {
  workspaceId: '0b9b1a6e-0000-4000-8000-00000000c0de',
  key: Buffer.from('the canary key of whoever pushes').toString('base64'),
} as const;

/** Secrets and ids that are easy to find where they must not be. */
const CANARIES = {
  WORKSPACE_ID: COLLECTOR.workspaceId,
  WORKSPACE_KEY: COLLECTOR.workspaceKey,
  PUSH_KEYS: JSON.stringify({
    [PUSH_CREDENTIAL.workspaceId]: [{ name: 'harness', key: PUSH_CREDENTIAL.key }],
  }),
  AZURE_TENANT_ID: 'canary-tenant',
  AZURE_CLIENT_ID: 'canary-client',
  AZURE_CLIENT_SECRET: 'canary-client-secret-7f2c',
};

/** All settings of the app, and every form in which one of their secrets could be written. */
export function appSettings(
  { faults, sources, sut }: TestEnvironmentOptions,
  vendor: Vendor,
  collector: Collector,
  storage: Storage,
): { readonly variables: Readonly<Record<string, string>>; readonly secrets: readonly string[] } {
  const { connector } = sut;
  const values = vendor.settings(connector.name);
  const all = [connector.settings, ...Object.values(connector.sources).map(({ settings = {} }) => settings)];
  const secrets = all.flatMap((settings) =>
    Object.keys(settings).filter((key) => settings[key]?.kind === 'secret'),
  );
  const isPulled = Object.keys(connector.sources).length > 0;
  const own = isPulled ? Object.entries({ ...values, SOURCES: sources.join(',') }) : [];
  const variables: Readonly<Record<string, string>> = {
    ...CANARIES,
    AzureWebJobsStorage: storage.connectionString,
    LOGS_INGESTION_ENDPOINT: collector.url,
    LOG_ANALYTICS_URI: collector.url,
    DCR_IMMUTABLE_ID: COLLECTOR.rule,
    ...Object.fromEntries(own.map(([key, value]) => [variableOf(connector.name, key), value])),
    ...(Object.assign({}, ...faults.map(({ env }) => env)) as Record<string, string>),
  };
  const ofSink = ['WORKSPACE_KEY', 'AZURE_CLIENT_SECRET'].map((name) => variables[name] ?? '');
  const ofVendor = secrets.map((key) => values[key] ?? '');
  return {
    variables,
    secrets: encodingsOf([...ofVendor, ...ofSink, PUSH_CREDENTIAL.key, storage.signature, LOCAL_TOKEN]),
  };
}

/** Secrets as they are, percent-encoded, in JSON and in Base64. */
function encodingsOf(values: readonly string[]): readonly string[] {
  return values
    .filter((value) => value !== '')
    .flatMap((value) => [
      value,
      encodeURIComponent(value),
      JSON.stringify(value).slice(1, -1),
      Buffer.from(value).toString('base64').replace(/=+$/, ''),
    ]);
}
