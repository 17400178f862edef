import { SettingError } from '../../shared/contract/errors';
import { openStorage } from '../../shared/io/storage';

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

test('no storage is named as missing', () => {
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
])('an unresolved Key Vault reference in %s is named, and its text is not told', (name) => {
  const open = (): unknown => openStorage({ ...ACCOUNT, [name]: '@Microsoft.KeyVault(VaultName=hush)' });
  expect(open).toThrow(SettingError);
  expect(open).toThrow(`${name} is a Key Vault reference that was not resolved`);
  expect(open).not.toThrow(/hush/);
});

test.each(['127.0.0.1:8080', 'nonsense://', '@Microsoft.KeyVault(VaultName=v)'])(
  'opens whatever HTTPS_PROXY holds, such as %s: it is named when something is asked through it',
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
