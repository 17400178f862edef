import { SettingError } from '../../shared/contract/errors';
import { cloudOf } from '../../shared/io/clouds';

test.each([
  [
    undefined,
    'https://login.microsoftonline.com',
    'https://monitor.azure.com/.default',
    'ods.opinsights.azure.com',
  ],
  ['', 'https://login.microsoftonline.com', 'https://monitor.azure.com/.default', 'ods.opinsights.azure.com'],
  [
    'public',
    'https://login.microsoftonline.com',
    'https://monitor.azure.com/.default',
    'ods.opinsights.azure.com',
  ],
  [
    'usgov',
    'https://login.microsoftonline.us',
    'https://monitor.azure.us/.default',
    'ods.opinsights.azure.us',
  ],
  ['china', 'https://login.chinacloudapi.cn', 'https://monitor.azure.cn/.default', 'ods.opinsights.azure.cn'],
])('AZURE_CLOUD=%s', (name, authority, ingestionScope, dataCollectorSuffix) => {
  expect(cloudOf({ AZURE_CLOUD: name })).toEqual({ authority, ingestionScope, dataCollectorSuffix });
});

test.each(['germany', 'Public', 'constructor'])(
  'AZURE_CLOUD=%s is an error that names the others',
  (name) => {
    expect(() => cloudOf({ AZURE_CLOUD: name })).toThrow(SettingError);
    expect(() => cloudOf({ AZURE_CLOUD: name })).toThrow(`${name} is none of public, usgov, china`);
  },
);
