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

/** What the local workspace is known by. None of it opens anything but that workspace. */
export const LOCAL_WORKSPACE = {
  dcrImmutableId: 'dcr-00000000000000000000000000000001',
  workspaceId: '00000000-0000-4000-8000-000000000001',
  workspaceKey: Buffer.from('the key of the local workspace').toString('base64'),
} as const;

/** Pushes are signed with the same key, where the operator names none. */
export const LOCAL_PUSH_KEYS = JSON.stringify({
  [LOCAL_WORKSPACE.workspaceId]: [{ name: 'local', key: LOCAL_WORKSPACE.workspaceKey }],
});

/**
 * The operator's variables: those of the process win over `Values` of local.settings.json, as under `func`.
 * @throws Error when the file is there and is not what it should be
 */
export function readEnvironment(env: Environment, settingsFile: string): Record<string, string> {
  const values = existsSync(settingsFile) ? readValues(settingsFile) : {};
  const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...values, ...Object.fromEntries(set) };
}

function readValues(file: string): Record<string, string> {
  try {
    // Editors on Windows begin a file with a byte order mark, which is no JSON.
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
 * The storage that the operator names; `undefined` where it is to be ours.
 * @throws SettingError where it is named for an identity: what is meant for an app's state must not be done to ours
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

/** The variables that point an app at the local workspace, where the operator names no workspace of his own. */
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

/** The variables that point connectors at their simulated vendors, by connector. */
export type Simulators = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * What an app on this machine sees: the operator's variables, and what stands in where they name no storage, no
 * workspace, and nothing of a connector.
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
 * What points a connector at its simulated vendor. Of the sources that the operator names in SOURCES only those are
 * asked for that the vendor is played for; a name that is no source stays, so that it is said.
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

/** The connectors that get their simulator's settings: those of which the operator has set none. All or nothing. */
export function simulated(connectors: readonly Connector[], env: Environment): Connector[] {
  return connectors.filter((connector) =>
    readSettings(connector, env).instances.every((instance) => !isAnythingSet(instance)),
  );
}
