import { SettingError } from '../contract/errors';
import { cloudOf } from '../sink/clouds';
import { isUnresolved, unresolvedProblem, unresolvedProblems } from '../settings/unresolved-references';
import { requiredUrl } from '../sink/sink-settings';
import type { Environment } from '../settings/environment';

/** The location of the workspace and its rules in Azure. */
export interface AzureSettings {
  /** Origin of Azure Resource Manager, without a trailing slash. */
  readonly origin: string;
  /** `/subscriptions/…/resourceGroups/…` */
  readonly group: string;
  /** `…/workspaces/…`, in that group. */
  readonly workspace: string;
}

const NEEDED = ['AZURE_SUBSCRIPTION_ID', 'AZURE_RESOURCE_GROUP', 'WORKSPACE_NAME'];
/** @see https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
const NAMES: Readonly<Record<string, RegExp>> = {
  AZURE_SUBSCRIPTION_ID: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i,
  AZURE_RESOURCE_GROUP: /^[\w().-]{1,90}$/,
  WORKSPACE_NAME: /^[A-Za-z\d][A-Za-z\d-]{2,61}[A-Za-z\d]$/,
  DCR_NAME: /^[A-Za-z\d][\w.-]{0,59}$/,
};
const DEFAULT_RULE = 'tributary';

/** The name of new data collection rules. @throws SettingError */
export function readRuleName(env: Environment): string {
  const name = env['DCR_NAME']?.trim() || DEFAULT_RULE;
  if (NAMES['DCR_NAME']?.test(name) === true) return name;
  if (isUnresolved(name)) throw new SettingError(`reading DCR_NAME: ${unresolvedProblem('DCR_NAME', name)}`);
  throw new SettingError(`reading DCR_NAME: ${name} is not a valid name for a data collection rule.`);
}

/**
 * Reads the workspace's location from `AZURE_SUBSCRIPTION_ID`, `AZURE_RESOURCE_GROUP` and `WORKSPACE_NAME`.
 * `AZURE_RESOURCE_MANAGER_URL` overrides the cloud's Resource Manager.
 * @returns the names of the missing settings when any is missing
 * @throws SettingError for an invalid name
 */
export function readAzure(env: Environment): AzureSettings | readonly string[] {
  const value = (name: string): string => env[name]?.trim() ?? '';
  const problems = unresolvedProblems([...NEEDED, 'AZURE_RESOURCE_MANAGER_URL'], env);
  const missing = NEEDED.filter((name) => value(name) === '');
  for (const name of NEEDED)
    if (!missing.includes(name) && problems.length === 0 && NAMES[name]?.test(value(name)) !== true)
      problems.push(`${name} is not a valid name in Azure.`);
  if (problems.length > 0)
    throw new SettingError(`reading the settings of the workspace: ${problems.join(' ')}`);
  if (missing.length > 0) return missing;
  const own = env['AZURE_RESOURCE_MANAGER_URL']?.trim() ?? '';
  const origin =
    own === '' ? cloudOf(env).resourceManagerOrigin : requiredUrl('AZURE_RESOURCE_MANAGER_URL', env);
  const group = `/subscriptions/${value('AZURE_SUBSCRIPTION_ID')}/resourceGroups/${value('AZURE_RESOURCE_GROUP')}`;
  return {
    origin,
    group,
    workspace: `${group}/providers/Microsoft.OperationalInsights/workspaces/${value('WORKSPACE_NAME')}`,
  };
}
