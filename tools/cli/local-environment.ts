import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folders } from '../../connectors/list';
import { createApp } from '../../shared/app';
import { hasStorage, noDataFolder, readAddresses, takeDataFolder } from '../../local/start/data-folder';
import { appEnvironment, ownStorage, readEnvironment } from '../../local/start/app-environment';
import { adoptMovedVendors } from '../../local/start/adopt-moved-vendors';
import { programsIn } from '../../local/start/programs';
import { startServices } from '../../local/start/services';
import { warn } from './output';
import { loadConnectors } from '../../shared/load';
import type { LoadedConnectors } from '../../shared/contract/connector-folder';
import type { Environment } from '../../shared/admin';

/** The settings of an app, and the services that they name. `close` stops services that were started for it. */
export interface LocalEnvironment {
  readonly env: Environment;
  close(): Promise<void>;
}

/** What to do when nothing runs yet. */
export interface LocalEnvironmentOptions {
  /** Without a data folder: create it, fail, or use a temporary one. */
  readonly whereNone: 'make' | 'refuse' | 'aside';
  /** True: the command only reads and leaves the folder unchanged. */
  readonly isReading?: boolean;
  /** Called before services start; its error prevents the start. */
  readonly beforeStart?: (loaded: LoadedConnectors) => void;
}

/**
 * Opens the operator's storage; else that of a running `npm start` in the folder; else starts services until `close`.
 * @throws Error when there is no data folder and `whereNone` is `refuse`
 */
export async function openLocalEnvironment(
  root: string,
  data: string,
  { beforeStart, isReading = false, whereNone }: LocalEnvironmentOptions,
): Promise<LocalEnvironment> {
  const env = readEnvironment(process.env, join(root, 'local.settings.json'));
  const nothing = (): Promise<void> => Promise.resolve();
  if (ownStorage(env) !== undefined) return { env, close: nothing };
  const loaded = loadConnectors(folders());
  const { connectors } = loaded;
  const running = await readAddresses(data);
  if (running !== undefined) {
    if (running.storage === undefined) {
      throw new Error(
        `The start in ${data} uses storage of its own. Set AzureWebJobsStorage to the same connection string.`,
      );
    }
    const local = { ...running, storage: running.storage };
    return { env: appEnvironment(env, connectors, local), close: nothing };
  }

  beforeStart?.(loaded);
  const isThere = hasStorage(data);
  if (!isThere && whereNone === 'refuse') {
    throw noDataFolder(data);
  }
  const aside =
    !isThere && whereNone === 'aside' ? mkdtempSync(join(tmpdir(), 'tributary-aside-')) : undefined;
  const folder = await takeDataFolder(aside ?? data, false);
  const giveBack = (): void => {
    folder.close();
    if (aside !== undefined) rmSync(aside, { recursive: true, force: true });
  };
  try {
    const services = await startServices({
      data: folder,
      connectors,
      folders: folders(),
      env,
      programs: programsIn(__dirname),
      simulators: true,
      isReading,
      onEnd: warn,
    });
    const environment = appEnvironment(env, connectors, { ...services, workspace: services.workspace.url });
    const app = createApp({
      env: environment,
      folders: folders(),
      hostJsonFile: join(root, 'host.json'),
    });
    if (!isReading) await adoptMovedVendors(folder, services, app);
    return {
      env: environment,
      async close() {
        await services.stop();
        giveBack();
      },
    };
  } catch (error) {
    giveBack();
    throw error;
  }
}
