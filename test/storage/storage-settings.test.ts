import { SettingError } from '../../shared/contract/errors';
import { openStorage } from '../../shared/storage/storage';
import { readStorageIdentity } from '../../shared/storage/storage-identity';

/** The error or the result of opening storage with these variables. */
function problemOf(env: Readonly<Record<string, string>>): Error {
  try {
    openStorage(env);
  } catch (error) {
    return error as Error;
  }
  return new Error('storage was opened');
}

const KEY = 'aHVzaC1odXNoLXNlY3JldA==';

describe('an invalid connection string is named by its variable and never quoted', () => {
  test.each([
    'garbage',
    'https://acme.blob.core.windows.net',
    'AccountName=acme',
    `DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${KEY}`,
    `DefaultEndpointsProtocol=ftp;AccountName=acme;AccountKey=${KEY};EndpointSuffix=core.windows.net`,
    `"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${KEY};EndpointSuffix=core.windows.net"`,
    `DefaultEndpointsProtocol=https;AccountName=a b;AccountKey=${KEY};EndpointSuffix=core.windows.net`,
    'BlobEndpoint=garbage;SharedAccessSignature=hush',
    'UseDevelopmentStorage=yes',
  ])('%s', (text) => {
    const problem = problemOf({ AzureWebJobsStorage: text });
    expect(problem).toBeInstanceOf(SettingError);
    expect(problem.message).toMatch(
      /^opening storage: AzureWebJobsStorage is not a connection string .* access keys, or remove it/,
    );
    expect(`${problem.message}${String(problem.cause)}`).not.toMatch(/garbage|acme|hush|aHVza/);
  });

  test('a connection string with blobs only says what is missing', () => {
    const text = 'BlobEndpoint=https://acme.blob.core.windows.net/;SharedAccessSignature=hush';
    const problem = problemOf({ AzureWebJobsStorage: text });
    expect(problem).toBeInstanceOf(SettingError);
    expect(problem.message).toMatch(/AzureWebJobsStorage has an address for blobs but none for queues/);
    expect(problem.message).not.toMatch(/hush/);
  });

  test.each(['UseDevelopmentStorage=true', ' UseDevelopmentStorage=true; '])('%s is accepted', (text) => {
    expect(openStorage({ AzureWebJobsStorage: text }).blobs.url).toMatch(/devstoreaccount1\/tributary$/);
  });
});

describe('addresses of an identity', () => {
  const BLOB = 'https://acme.blob.core.windows.net';
  const QUEUE = 'https://acme.queue.core.windows.net';

  test.each([
    ['blob', 'queue', BLOB],
    ['queue', 'blob', QUEUE],
  ])('the address of the %s service alone says that the other is missing', (given, missing, uri) => {
    const problem = problemOf({ [`AzureWebJobsStorage__${given}ServiceUri`]: uri });
    expect(problem).toBeInstanceOf(SettingError);
    expect(problem.message).toBe(
      `opening storage: AzureWebJobsStorage__${missing}ServiceUri is not set, and AzureWebJobsStorage__${given}ServiceUri alone is not enough: set both, or AzureWebJobsStorage__accountName alone.`,
    );
  });

  test.each([
    ['acme.blob.core.windows.net', /__blobServiceUri is not an address/],
    ['http://acme.blob.core.windows.net', /__blobServiceUri must begin with https/],
    ['https://acme.blob.core.windows.net?sv=hush', /__blobServiceUri must be the address alone/],
  ])('%s is reported', (uri, said) => {
    const problem = problemOf({
      AzureWebJobsStorage__blobServiceUri: uri,
      AzureWebJobsStorage__queueServiceUri: QUEUE,
    });
    expect(problem).toBeInstanceOf(SettingError);
    expect(problem.message).toMatch(said);
    expect(problem.message).not.toMatch(/hush/);
  });

  test('two malformed addresses are named at once', () => {
    const { message } = problemOf({
      AzureWebJobsStorage__blobServiceUri: 'x',
      AzureWebJobsStorage__queueServiceUri: 'y',
    });
    expect(message).toMatch(/__blobServiceUri is not an address.*__queueServiceUri is not an address/);
  });

  test('an account that is an address is reported', () => {
    const problem = problemOf({ AzureWebJobsStorage__accountName: 'acme.blob.core.windows.net' });
    expect(problem).toBeInstanceOf(SettingError);
    expect(problem.message).toMatch(/__accountName is not the name of a storage account/);
  });

  test('an address beside the account’s name wins over it', () => {
    const storage = openStorage({
      AzureWebJobsStorage__accountName: 'acme',
      AzureWebJobsStorage__blobServiceUri: 'https://private.example.com',
    });
    expect([storage.blobs.url, storage.queue('q').url]).toEqual([
      'https://private.example.com/tributary',
      'https://acme.queue.core.windows.net/q',
    ]);
  });
});

describe('the identity that opens storage', () => {
  const SINK = { AZURE_TENANT_ID: 'tenant', AZURE_CLIENT_ID: 'client', AZURE_CLIENT_SECRET: 'secret' };
  const PLATFORM = { IDENTITY_ENDPOINT: 'http://127.0.0.1:1/msi' };
  const OWN = {
    AzureWebJobsStorage__tenantId: 't',
    AzureWebJobsStorage__clientId: 'c',
    AzureWebJobsStorage__clientSecret: 's',
  };

  test.each<[string, Record<string, string>, object]>([
    ['the platform’s identity, whatever the sink uses', { ...SINK, ...PLATFORM }, { kind: 'managed' }],
    [
      'the user-assigned one that __clientId names',
      { ...SINK, ...PLATFORM, AzureWebJobsStorage__clientId: ' user ' },
      { kind: 'managed', clientId: 'user' },
    ],
    [
      'a managed identity outside the platform where __credential says so',
      { ...SINK, AzureWebJobsStorage__credential: 'managedIdentity' },
      { kind: 'managed' },
    ],
    ['a developer’s identity elsewhere, never the sink’s app registration', SINK, { kind: 'developer' }],
    [
      'an app registration of storage’s own',
      { ...SINK, ...OWN },
      { kind: 'registered-app', tenantId: 't', clientId: 'c', clientSecret: 's' },
    ],
  ])('%s', (_, env, identity) => {
    expect(readStorageIdentity(env)).toEqual(identity);
  });

  test('an unknown __credential is reported', () => {
    const problem = problemOf({
      AzureWebJobsStorage__accountName: 'acme',
      AzureWebJobsStorage__credential: 'workload',
    });
    expect(problem).toBeInstanceOf(SettingError);
    expect(problem.message).toMatch(/__credential is workload. Set it to managedidentity, or remove it/);
  });
});
