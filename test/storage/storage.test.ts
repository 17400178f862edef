import { SettingError } from '../../shared/contract/errors';
import { openStorage, storageError } from '../../shared/storage/storage';
import { createStreams } from '../../shared/storage/state/stream-columns';

const ACCOUNT = { AzureWebJobsStorage__accountName: 'acme' };

test.each([
  ['public', 'https://acme.blob.core.windows.net/tributary'],
  ['usgov', 'https://acme.blob.core.usgovcloudapi.net/tributary'],
  ['china', 'https://acme.blob.core.chinacloudapi.cn/tributary'],
])('AZURE_CLOUD=%s names the account’s hosts', (cloud, url) => {
  const storage = openStorage({ ...ACCOUNT, AZURE_CLOUD: cloud });
  expect(storage.blobs.url).toBe(url);
  expect(storage.queue('q').url).toBe(url.replace('.blob.', '.queue.').replace('/tributary', '/q'));
});

test('missing storage is reported as missing', () => {
  expect(() => openStorage({})).toThrow(SettingError);
  expect(() => openStorage({})).toThrow(/AzureWebJobsStorage is not set/);
});

test.each([
  'AzureWebJobsStorage',
  'AzureWebJobsStorage__accountName',
  'AzureWebJobsStorage__blobServiceUri',
  'AzureWebJobsStorage__queueServiceUri',
  'AzureWebJobsStorage__clientId',
  'AZURE_CLOUD',
])('an unresolved Key Vault reference in %s is named, without its text', (name) => {
  const open = (): unknown => openStorage({ ...ACCOUNT, [name]: '@Microsoft.KeyVault(VaultName=hush)' });
  expect(open).toThrow(SettingError);
  expect(open).toThrow(`${name} is a Key Vault reference that was not resolved`);
  expect(open).not.toThrow(/hush/);
});

test.each(['127.0.0.1:8080', 'nonsense://', '@Microsoft.KeyVault(VaultName=v)'])(
  'storage opens whatever HTTPS_PROXY is, such as %s; a request through it reports the problem',
  (value) => {
    const before = process.env['HTTPS_PROXY'];
    process.env['HTTPS_PROXY'] = value;
    try {
      expect(() => openStorage(ACCOUNT)).not.toThrow();
      const AzureWebJobsStorage =
        'DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=a2V5;EndpointSuffix=core.windows.net';
      expect(() => openStorage({ AzureWebJobsStorage })).not.toThrow();
    } finally {
      if (before === undefined) delete process.env['HTTPS_PROXY'];
      else process.env['HTTPS_PROXY'] = before;
    }
  },
);

describe('a bug beside a storage call stays a bug, and is not reported as a failure of storage:', () => {
  test('a value that could not be read back', async () => {
    const write = createStreams(openStorage(ACCOUNT)).write('A_CL', {
      version: 1,
      columns: { a: 'noon' },
    });
    await expect(write).rejects.toMatchObject({
      name: 'Error',
      message: expect.stringMatching(
        /^writing .*: its columns .*What is stored stays as it was\.$/,
      ) as string,
    });
  });

  test.each([TypeError, RangeError, ReferenceError, SyntaxError])('%p', (Bug) => {
    const bug = new Bug('x is not a function');
    expect(storageError('reading it', bug)).toBe(bug);
  });

  test.each([
    ['no answer', Object.assign(new Error('connect'), { name: 'RestError', code: 'ECONNREFUSED' })],
    ['an answer that ends early', new Error('aborted')],
    [
      'an attempt that took too long',
      Object.assign(new Error('The operation was aborted.'), { name: 'AbortError' }),
    ],
    [
      'a network error of Node',
      Object.assign(new TypeError('no address'), { code: 'ERR_INVALID_IP_ADDRESS' }),
    ],
  ])('%s is a failure of storage', (_, failure) => {
    expect(storageError('reading it', failure)).toMatchObject({ name: 'UnavailableError', cause: failure });
  });
});
