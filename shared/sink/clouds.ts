import { SettingError } from '../contract/errors';
import { isUnresolved, unresolvedProblem } from '../settings/unresolved-references';
import type { Environment } from '../settings/environment';

/** The addresses of one Microsoft cloud. @see https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview */
export interface Cloud {
  /** The authority that issues tokens to the app's identity. */
  readonly authority: string;
  /** The scope of a token for the Logs Ingestion API. */
  readonly ingestionScope: string;
  /**
   * The Logs Query API, also the audience of its tokens.
   * @see https://learn.microsoft.com/javascript/api/overview/azure/monitor-query-logs-readme
   */
  readonly queryOrigin: string;
  /**
   * Azure Resource Manager, also the audience of its tokens.
   * @see https://learn.microsoft.com/azure/azure-resource-manager/management/control-plane-and-data-plane#control-plane
   */
  readonly resourceManagerOrigin: string;
  /** The suffix of a workspace's Data Collector host. */
  readonly dataCollectorSuffix: string;
  /** The suffix of a storage account's hosts. */
  readonly storageSuffix: string;
}

const CLOUDS: Readonly<Record<string, Cloud>> = {
  public: {
    authority: 'https://login.microsoftonline.com',
    ingestionScope: 'https://monitor.azure.com/.default',
    queryOrigin: 'https://api.loganalytics.io',
    resourceManagerOrigin: 'https://management.azure.com',
    dataCollectorSuffix: 'ods.opinsights.azure.com',
    storageSuffix: 'core.windows.net',
  },
  usgov: {
    authority: 'https://login.microsoftonline.us',
    ingestionScope: 'https://monitor.azure.us/.default',
    queryOrigin: 'https://api.loganalytics.us',
    resourceManagerOrigin: 'https://management.usgovcloudapi.net',
    dataCollectorSuffix: 'ods.opinsights.azure.us',
    storageSuffix: 'core.usgovcloudapi.net',
  },
  china: {
    authority: 'https://login.chinacloudapi.cn',
    ingestionScope: 'https://monitor.azure.cn/.default',
    queryOrigin: 'https://api.loganalytics.azure.cn',
    resourceManagerOrigin: 'https://management.chinacloudapi.cn',
    dataCollectorSuffix: 'ods.opinsights.azure.cn',
    storageSuffix: 'core.chinacloudapi.cn',
  },
};

/** The cloud that `AZURE_CLOUD` names; the public one when it is not set. @throws SettingError for an unknown name */
export function cloudOf(env: Environment): Cloud {
  const name = env['AZURE_CLOUD']?.trim() || 'public';
  if (isUnresolved(name))
    throw new SettingError(`reading AZURE_CLOUD: ${unresolvedProblem('AZURE_CLOUD', name)}`);
  const cloud = Object.hasOwn(CLOUDS, name) ? CLOUDS[name] : undefined;
  if (cloud === undefined)
    throw new SettingError(`reading AZURE_CLOUD: ${name} is not one of ${Object.keys(CLOUDS).join(', ')}.`);
  return cloud;
}
