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
