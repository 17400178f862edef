import type { Environment } from './environment';

/** Settings of the app, the sink and storage whose values are secret. */
const SECRETS = [
  'WORKSPACE_KEY',
  'AZURE_CLIENT_SECRET',
  'SINK_CLIENT_KEY',
  'AzureWebJobsStorage__clientSecret',
];

/** What of the app's own settings is never in a line, whoever writes it. */
export function appSecrets(env: Environment): string[] {
  return SECRETS.map((name) => env[name] ?? '');
}
