import { SettingError } from '../../shared/contract/errors';
import { readRuleName } from '../../shared/tables/azure-settings';
import {
  isUnresolved,
  unresolvedProblem,
  unresolvedProblems,
} from '../../shared/settings/unresolved-references';
import { readWebhookSettings } from '../../shared/settings/webhook-settings';
import { readPushKeys } from '../../shared/settings/push-keys';
import { readSink } from '../../shared/sink/sink';
import { openStorage } from '../../shared/storage/storage';
import { tokenFor } from '../../shared/sink/token';

const VAULT = '@Microsoft.KeyVault(VaultName=hush;SecretName=s)';
const CONFIGURATION = '@Microsoft.AppConfiguration(Endpoint=https://hush.azconfig.io; Key=k; Label=prod)';

test.each([
  [
    VAULT,
    'a Key Vault reference that was not resolved. Give the app’s identity the role Key Vault Secrets User',
  ],
  [` ${VAULT.toUpperCase()}`, 'a Key Vault reference that was not resolved.'],
  [CONFIGURATION, 'an App Configuration reference that was not resolved.'],
  [CONFIGURATION, 'the role App Configuration Data Reader'],
  [`"${VAULT}"`, 'a Key Vault reference in quotes, which was not resolved. Remove the quotes.'],
  [
    ` “${CONFIGURATION}”`,
    'an App Configuration reference in quotes, which was not resolved. Remove the quotes.',
  ],
  ['@Microsoft.Else(hush)', 'a reference that was not resolved.'],
])('%s is a reference, and is reported without its text', (value, sentence) => {
  expect(isUnresolved(value)).toBe(true);
  expect(unresolvedProblem('NAME', value)).toMatch(
    /^NAME is an? .*reference (that|in quotes, which) was not resolved\. .+\.$/,
  );
  expect(unresolvedProblem('NAME', value)).toContain(sentence.replace('’', "'"));
  expect(unresolvedProblem('NAME', value)).not.toMatch(/hush/i);
});

test.each([undefined, '', 'token', 'me@Microsoft.com', '@microsoftonline', '"token"', '""'])(
  '%s is not a reference',
  (value) => {
    expect(isUnresolved(value)).toBe(false);
    expect(unresolvedProblems(['NAME'], { NAME: value })).toEqual([]);
  },
);

/* Every reader of a setting names an unresolved reference in it, whatever it refers to. */
test.each<[string, (value: string) => unknown]>([
  ['DCR_NAME', (DCR_NAME) => readRuleName({ DCR_NAME })],
  ['PUSH_KEYS', (PUSH_KEYS) => fail(readPushKeys({ PUSH_KEYS }).problems)],
  ['SINK', (SINK) => readSink({ SINK })],
  ['LOGS_INGESTION_ENDPOINT', (LOGS_INGESTION_ENDPOINT) => readSink({ LOGS_INGESTION_ENDPOINT })],
  ['AzureWebJobsStorage', (AzureWebJobsStorage) => openStorage({ AzureWebJobsStorage })],
  ...['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_CLIENT_SECRET'].map(
    (name): [string, (value: string) => unknown] => [
      name,
      (value) => tokenFor(new URL('https://dce.example.com'), { [name]: value }),
    ],
  ),
  [
    'ACME_KEY',
    (value) =>
      fail(
        readWebhookSettings(
          { source: 'hook', settings: { key: { help: 'The key.', kind: 'secret' } }, wanted: undefined },
          { ACME_KEY: value },
          (setting) => `ACME_${setting.toUpperCase()}`,
        ).problems,
      ),
  ],
])('a reference in %s is named and goes nowhere', (name, read) => {
  for (const value of [VAULT, CONFIGURATION]) {
    expect(() => read(value)).toThrow(SettingError);
    expect(() => read(value)).toThrow(
      `${name} is ${value === VAULT ? 'a Key Vault' : 'an App Configuration'} reference`,
    );
    expect(() => read(value)).not.toThrow(/hush/);
  }
});

function fail(problems: readonly string[]): never {
  throw new SettingError(problems.join(' '));
}
