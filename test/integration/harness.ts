import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_WORKSPACE, LOCAL_TOKEN } from '../../local/start/app-environment';
import type { Azurite } from '../../local/storage/azurite';
import { workspaceTable } from '../../local/workspace/store/workspace-table';
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../../local/workspace/workspace';
import { type App, createApp } from '../../shared/app';
import type { Clock } from '../../shared/contract/run';
import type { Connector } from '../../shared/contract/connector';
import { type Environment, type LogLines, tablesOf, variableOf } from '../../shared/admin';

/** An account for one test file, in the storage that all files of a run share. */
export type TestStorage = Pick<Azurite, 'connectionString' | 'blobUrl' | 'queueUrl'>;

/** Real storage for one test file: an account in the Azurite that `test/shared-storage.mjs` starts and ends. */
export function realStorage(): TestStorage {
  const { accounts, blob, folder, key, queue } = JSON.parse(process.env['TEST_STORAGE'] ?? '') as {
    readonly accounts: number;
    readonly blob: string;
    readonly folder: string;
    readonly key: string;
    readonly queue: string;
  };
  const name = Array.from({ length: accounts }, (_, at) => `test${at + 1}`).find((one) =>
    isFree(folder, one),
  );
  if (name === undefined) throw new Error(`all ${accounts} accounts are taken`);
  const [blobUrl, queueUrl] = [`${blob}/${name}`, `${queue}/${name}`];
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${name};AccountKey=${key};BlobEndpoint=${blobUrl};QueueEndpoint=${queueUrl};`,
    blobUrl,
    queueUrl,
  };
}

/** Claims an account: of several processes only one can make its folder. */
function isFree(folder: string, account: string): boolean {
  try {
    mkdirSync(join(folder, account));
    return true;
  } catch {
    return false;
  }
}

/** The local workspace in memory, with the tables of these connectors and of the settings. */
export function realWorkspace(
  connectors: readonly Connector[],
  { env = {}, ...more }: Pick<WorkspaceOptions, 'makesTables'> & { readonly env?: Environment } = {},
): Promise<Workspace> {
  const { dcrImmutableId, workspaceId, workspaceKey } = LOCAL_WORKSPACE;
  const tables = tablesOf(connectors, env).map(workspaceTable);
  return startWorkspace({
    databaseFile: ':memory:',
    tables,
    dcrImmutableId,
    token: LOCAL_TOKEN,
    workspaceId,
    workspaceKeys: [workspaceKey],
    ...more,
  });
}

/** The variables of an app that uses these services. */
export function variablesFor(
  storage: Pick<Azurite, 'connectionString'>,
  workspace: Pick<Workspace, 'url'>,
): Record<string, string> {
  const { dcrImmutableId, workspaceId, workspaceKey } = LOCAL_WORKSPACE;
  return {
    AzureWebJobsStorage: storage.connectionString,
    LOGS_INGESTION_ENDPOINT: workspace.url,
    DCR_IMMUTABLE_ID: dcrImmutableId,
    WORKSPACE_ID: workspaceId,
    WORKSPACE_KEY: workspaceKey,
    LOG_ANALYTICS_URI: workspace.url,
  };
}

/** A connector's settings as the variables of one of its instances. */
export function variablesOf(
  connector: string,
  settings: Readonly<Record<string, string>>,
  instance?: string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [variableOf(connector, key, instance), value]),
  );
}

/** An app with the connectors of the tree. */
export function appWith(env: Environment, connectors: readonly Connector[], clock?: Clock): App {
  const folders = connectors.map((connector) => ({
    name: connector.name,
    load: () => ({ default: connector }),
  }));
  const hostJsonFile = join(__dirname, '..', '..', 'host.json');
  return createApp({ env, folders, hostJsonFile, ...(clock === undefined ? {} : { clock }) });
}

/** A log that records its lines. */
export function keptLines(): LogLines & { readonly all: string[] } {
  const all: string[] = [];
  const keep = (line: string): void => void all.push(line);
  return { all, info: keep, warn: keep, error: keep };
}
