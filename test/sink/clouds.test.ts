import { SettingError } from '../../shared/contract/errors';
import { cloudOf } from '../../shared/sink/clouds';

test.each([
  [
    undefined,
    'https://login.microsoftonline.com',
    'https://monitor.azure.com/.default',
    'https://api.loganalytics.io',
    'ods.opinsights.azure.com',
    'core.windows.net',
    'https://management.azure.com',
  ],
  [
    '',
    'https://login.microsoftonline.com',
    'https://monitor.azure.com/.default',
    'https://api.loganalytics.io',
    'ods.opinsights.azure.com',
    'core.windows.net',
    'https://management.azure.com',
  ],
  [
    'public',
    'https://login.microsoftonline.com',
    'https://monitor.azure.com/.default',
    'https://api.loganalytics.io',
    'ods.opinsights.azure.com',
    'core.windows.net',
    'https://management.azure.com',
  ],
  [
    'usgov',
    'https://login.microsoftonline.us',
    'https://monitor.azure.us/.default',
    'https://api.loganalytics.us',
    'ods.opinsights.azure.us',
    'core.usgovcloudapi.net',
    'https://management.usgovcloudapi.net',
  ],
  [
    'china',
    'https://login.chinacloudapi.cn',
    'https://monitor.azure.cn/.default',
    'https://api.loganalytics.azure.cn',
    'ods.opinsights.azure.cn',
    'core.chinacloudapi.cn',
    'https://management.chinacloudapi.cn',
  ],
])('AZURE_CLOUD=%s', (name, ...hosts) => {
  const [authority, ingestionScope, queryOrigin, dataCollectorSuffix, storageSuffix, resourceManagerOrigin] =
    hosts;
  expect(cloudOf({ AZURE_CLOUD: name })).toEqual({
    authority,
    ingestionScope,
    queryOrigin,
    dataCollectorSuffix,
    storageSuffix,
    resourceManagerOrigin,
  });
});

test.each(['germany', 'Public', 'constructor'])(
  'AZURE_CLOUD=%s is an error that names the others',
  (name) => {
    expect(() => cloudOf({ AZURE_CLOUD: name })).toThrow(SettingError);
    expect(() => cloudOf({ AZURE_CLOUD: name })).toThrow(`${name} is not one of public, usgov, china`);
  },
);
