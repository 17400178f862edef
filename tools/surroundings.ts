import { join } from 'node:path';
import { folders } from '../connectors/list';
import { loadConnectors, type Environment } from '../shared/app';
import { readAddresses, takeDataFolder } from '../local/start/data-folder';
import { appEnvironment, readEnvironment } from '../local/start/environment';
import { programsIn, startServices } from '../local/start/services';

/** What an app runs against, and how that is given back. */
export interface Surroundings {
  readonly env: Environment;
  close(): Promise<void>;
}

/** The operator's own storage; else the running `npm start` of the folder; else services for as long as this takes. */
export async function surround(root: string, data: string): Promise<Surroundings> {
  const env = readEnvironment(process.env, join(root, 'local.settings.json'));
  const named = env['AzureWebJobsStorage'] ?? '';
  const nothing = (): Promise<void> => Promise.resolve();
  if (named !== '' && named !== 'UseDevelopmentStorage=true') return { env, close: nothing };
  const { connectors } = loadConnectors(folders());
  const running = await readAddresses(data);
  if (running !== undefined) {
    if (running.storage === undefined) {
      throw new Error(
        `The start in ${data} uses storage of its operator. Set AzureWebJobsStorage to the same.`,
      );
    }
    const local = { ...running, storage: running.storage };
    return { env: appEnvironment(env, connectors, local), close: nothing };
  }

  const folder = await takeDataFolder(data, false);
  try {
    const services = await startServices({
      data: folder,
      connectors,
      env,
      programs: programsIn(__dirname),
      simulators: true,
      onEnd: (sentence) => void process.stderr.write(`${sentence}\n`),
    });
    return {
      env: appEnvironment(env, connectors, { ...services, workspace: services.workspace.url }),
      async close() {
        await services.stop();
        folder.close();
      },
    };
  } catch (error) {
    folder.close();
    throw error;
  }
}
