import { existsSync, readFileSync } from 'node:fs';
import { SettingError } from '../../shared/contract/errors';
import type { Connector } from '../../shared/contract/connector';
import {
  type Environment,
  LOCAL_TOKEN,
  identityVariables,
  isAnythingSet,
  readSettings,
  variableOf,
} from '../../shared/admin';

export { LOCAL_TOKEN };

/** The ids and keys of the local workspace. They give access to nothing else. */
export const LOCAL_WORKSPACE = {
  dcrImmutableId: 'dcr-00000000000000000000000000000001',
  workspaceId: '00000000-0000-4000-8000-000000000001',
  workspaceKey: Buffer.from('the key of the local workspace').toString('base64'),
} as const;

/** The default keys for signed pushes: those of the local workspace. */
export const LOCAL_PUSH_KEYS = JSON.stringify({
  [LOCAL_WORKSPACE.workspaceId]: [{ name: 'local', key: LOCAL_WORKSPACE.workspaceKey }],
});

/**
 * The operator's variables: `Values` of local.settings.json, overridden by the process's environment, as under `func`.
 * @throws Error for an invalid file
 */
export function readEnvironment(env: Environment, settingsFile: string): Record<string, string> {
  const values = existsSync(settingsFile) ? readValues(settingsFile) : {};
  const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...values, ...Object.fromEntries(set) };
}

function readValues(file: string): Record<string, string> {
  try {
    // Editors on Windows may start a file with a byte order mark, which JSON does not allow.
    const settings: unknown = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
    if (!isRecord(settings)) throw new Error('it is not a JSON object; write {"Values":{…}}');
    const { IsEncrypted, Values = {} } = settings;
    if (IsEncrypted === true) throw new Error('it is encrypted; run "func settings decrypt"');
    if (!isRecord(Values)) throw new Error('Values is not a JSON object; write {"Values":{"NAME":"text"}}');
    const nested = Object.keys(Values).find((name) => typeof Values[name] === 'object');
    if (nested !== undefined) throw new Error(`the value of ${nested} is not a string`);
    return Object.fromEntries(Object.entries(Values).map(([name, value]) => [name, String(value)]));
  } catch (error) {
    throw new Error(`Reading ${file}: ${(error as Error).message}.`, { cause: error });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The storage that the operator configured; `undefined` if ours is to be used.
 * @throws SettingError for storage by identity: a command for that app's state must not change ours instead
 */
export function ownStorage(env: Environment): string | undefined {
  const [byIdentity] = identityVariables(env);
  if (byIdentity !== undefined)
    throw new SettingError(
      `opening storage: ${byIdentity} opens storage with an identity, and only a function app has one. Set ` +
        `AzureWebJobsStorage to the connection string of that storage, or unset ${byIdentity} to use local storage.`,
    );
  const named = env['AzureWebJobsStorage'] ?? '';
  if (named !== '' && named.trim() !== 'UseDevelopmentStorage=true') return named;
  return undefined;
}

/** The variables that send an app's rows to the local workspace, if the operator configured no workspace. */
function workspaceVariables(env: Environment, url: string): Record<string, string> {
  const { dcrImmutableId, workspaceId, workspaceKey } = LOCAL_WORKSPACE;
  return {
    ...((env['LOGS_INGESTION_ENDPOINT'] ?? '') === ''
      ? { LOGS_INGESTION_ENDPOINT: url, DCR_IMMUTABLE_ID: dcrImmutableId }
      : {}),
    ...((env['WORKSPACE_ID'] ?? '') === ''
      ? { WORKSPACE_ID: workspaceId, WORKSPACE_KEY: workspaceKey, LOG_ANALYTICS_URI: url }
      : {}),
  };
}

/** By connector: the variables for its simulated vendor. */
export type Simulators = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * The environment of an app on this machine: the operator's variables, and ours for an unset storage, an unset workspace, and
 * connectors without any setting.
 */
export function appEnvironment(
  env: Environment,
  connectors: readonly Connector[],
  local: { readonly storage: string; readonly workspace: string; readonly simulators: Simulators },
): Record<string, string> {
  const given = Object.entries(env).filter((entry): entry is [string, string] => (entry[1] ?? '') !== '');
  const standIns = simulated(connectors, env).map((connector) => standIn(connector, local.simulators, env));
  return {
    ...Object.fromEntries(standIns.flatMap(({ variables }) => Object.entries(variables))),
    ...Object.fromEntries(given),
    ...Object.fromEntries(standIns.flatMap(({ sources }) => Object.entries(sources))),
    ...workspaceVariables(env, local.workspace),
    ...((env['PUSH_KEYS'] ?? '') === '' ? { PUSH_KEYS: LOCAL_PUSH_KEYS } : {}),
    AzureWebJobsStorage: ownStorage(env) ?? local.storage,
  };
}

/**
 * The variables for a connector's simulated vendor. Removes sources without a simulator from the operator's SOURCES. Keeps
 * unknown names there, so that they are reported.
 */
function standIn(
  { name, sources }: Connector,
  simulators: Simulators,
  env: Environment,
): {
  readonly variables: Readonly<Record<string, string>>;
  readonly sources: Readonly<Record<string, string>>;
} {
  const variables = simulators[name] ?? {};
  const variable = variableOf(name, 'sources');
  const played = variables[variable]?.split(',');
  const named = (env[variable] ?? '').split(',').map((source) => source.trim());
  if (played === undefined || named.every((source) => source === '')) return { variables, sources: {} };
  const asked = named.filter((source) => played.includes(source) || !Object.hasOwn(sources, source));
  return asked.length === 0
    ? { variables: {}, sources: {} }
    : { variables, sources: { [variable]: asked.join(',') } };
}

/** The connectors that get their simulator's settings: those without any setting of the operator. */
export function simulated(connectors: readonly Connector[], env: Environment): Connector[] {
  return connectors.filter((connector) =>
    readSettings(connector, env).instances.every((instance) => !isAnythingSet(instance)),
  );
}
