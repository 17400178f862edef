import { SettingError, UnavailableError } from '../contract/errors';
import type { Clock, Log } from '../contract/run';
import type { Workspace } from '../contract/workspace';
import type { AzureSettings } from './azure-settings';
import { createHttp } from '../http/http';
import { createResourceManager, type ResourceManager } from './azure-resources';
import { SINK_TLS, readTls, tlsSecrets } from '../settings/tls-settings';
import { openCredential, tokenFor, type OpenCredential } from '../sink/token';
import { RULES_ROLE, TABLES_ROLE, createWorkspace } from './azure-workspace';
import { secretsOf } from '../values/secrets/secrets';
import type { Environment } from '../settings/environment';

/** Time limit of all work on the workspace, polling included. */
const TIME_MS = 10 * 60_000;

/** Dependencies of the Azure Resource Manager clients. */
export interface AzureTools {
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly open?: OpenCredential;
}

/**
 * Runs `work` on the workspace, with the sink's network settings and identity.
 * @throws SettingError when the sink's connection settings are malformed, or the identity gets no token
 * @throws UnavailableError after ten minutes
 */
export async function withWorkspace<T>(
  azure: AzureSettings,
  { clock, env, log, open = openCredential }: AzureTools,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const { origin } = azure;
  const problems: string[] = [];
  const tls = readTls(SINK_TLS, env, problems);
  if (problems.length > 0) throw new SettingError(`reading the sink's settings: ${problems.join(' ')}`);
  const signal = AbortSignal.timeout(TIME_MS);
  const getToken = tokenFor(new URL(origin), env, open, `${origin}/.default`);
  const client = (role: string): ResourceManager => {
    const http = createHttp({
      who: 'the workspace’s tables',
      origins: [new URL(origin).origin],
      variables: { address: ['AZURE_RESOURCE_MANAGER_URL'], credentials: [role] },
      secrets: secretsOf([env['AZURE_CLIENT_SECRET'] ?? '', ...tlsSecrets(tls)]),
      tls,
      deadline: new Date(clock.now().getTime() + TIME_MS),
      signal,
      clock,
      log,
    });
    return createResourceManager(origin, http, { clock, getToken, signal });
  };
  try {
    return await work(createWorkspace(azure, { tables: client(TABLES_ROLE), rules: client(RULES_ROLE) }));
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new UnavailableError(
      `asking Azure Resource Manager: it did not end within ${TIME_MS / 60_000} minutes. What was begun goes on there; run the command again.`,
      { cause: error },
    );
  }
}
