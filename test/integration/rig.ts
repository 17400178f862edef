import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOCAL_WORKSPACE, LOCAL_TOKEN } from '../../local/start/app-environment';
import { startAzurite, type Azurite } from '../../local/storage/azurite';
import { workspaceTable } from '../../local/workspace/store/workspace-table';
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../../local/workspace/workspace';
import { type App, createApp } from '../../shared/app';
import type { Clock } from '../../shared/contract/run';
import { buildEntry } from '../local/build-entry';
import type { Connector } from '../../shared/contract/connector';
import { type Environment, type LogLines, tablesOf, variableOf } from '../../shared/admin';

/** Real storage for one test file. */
export async function realStorage(): Promise<Azurite> {
  const built = buildEntry('local/storage/main.ts');
  const folder = mkdtempSync(join(tmpdir(), 'tributary-storage-'));
  const azurite = await startAzurite({ entry: built.file, folder });
  return {
    ...azurite,
    async stop() {
      await azurite.stop();
      built.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The local workspace, in memory, with the tables of these connectors and those that the settings name. */
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

/** The variables of an app that uses them. */
export function variablesFor(storage: Azurite, workspace: Pick<Workspace, 'url'>): Record<string, string> {
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

/** An app over the sources of the tree. */
export function appWith(env: Environment, connectors: readonly Connector[], clock?: Clock): App {
  const folders = connectors.map((connector) => ({
    name: connector.name,
    load: () => ({ default: connector }),
  }));
  const hostJsonFile = join(__dirname, '..', '..', 'host.json');
  return createApp({ env, folders, hostJsonFile, ...(clock === undefined ? {} : { clock }) });
}

/** Lines that are kept. */
export function keptLines(): LogLines & { readonly all: string[] } {
  const all: string[] = [];
  const keep = (line: string): void => void all.push(line);
  return { all, info: keep, warn: keep, error: keep };
}
