import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { ownStorage, readEnvironment } from '../../local/start/app-environment';
import { startAzurite, type Azurite } from '../../local/storage/azurite';
import { print, warn } from './output';
import { identityVariables } from '../../shared/admin';

/** The options of `tributary func`. */
export interface FuncCommand {
  /** Opens the worker to a debugger on port 9229, as VS Code's launch configuration expects it. */
  readonly inspect: boolean;
  /** More arguments for `func start`. */
  readonly args: readonly string[];
}

/**
 * The ports of blob, queue and table in `UseDevelopmentStorage=true`. @see
 * https://learn.microsoft.com/azure/storage/common/storage-use-azurite
 */
const PORTS = [10_000, 10_001, 10_002] as const;
const isWindows = process.platform === 'win32';
const ignore = (): void => undefined;

/**
 * Runs the built app in Azure's own host, Core Tools, instead of the local host: creates the settings file if there is none,
 * starts Azurite if the settings name no storage, and runs `func start` until it ends.
 * @param ports for tests
 * @returns the exit code of `func`, or 2 if Core Tools are missing
 */
export async function func(
  root: string,
  { inspect, args }: FuncCommand,
  ports: readonly [number, number, number] = PORTS,
): Promise<number> {
  const problem = coreToolsProblem();
  if (problem !== undefined) {
    warn(problem);
    return 2;
  }
  const settings = join(root, 'local.settings.json');
  if (!existsSync(settings)) {
    copyFileSync(join(root, 'local.settings.sample.json'), settings);
    print(
      'Created local.settings.json from local.settings.sample.json. Fill in the settings of the connectors that you want.',
    );
  }
  const env = readEnvironment(process.env, settings);
  // Core Tools also open storage by identity.
  const isOwn = identityVariables(env).length > 0 || ownStorage(env) !== undefined;
  const storage = isOwn ? undefined : await storageOf(root, ports);
  try {
    return await untilEnded(root, ['start', ...args], {
      ...process.env,
      ...(storage === undefined ? {} : { AzureWebJobsStorage: 'UseDevelopmentStorage=true' }),
      ...(inspect ? { languageWorkers__node__arguments: '--inspect=9229' } : {}),
    });
  } finally {
    await storage?.stop();
  }
}

/** Why Core Tools cannot be used, and what to do; `undefined` where they can. */
function coreToolsProblem(): string | undefined {
  const { error, status, stdout } = spawnSync('func', ['--version'], { encoding: 'utf8', shell: isWindows });
  const version = stdout?.trim() ?? '';
  if (error === undefined && status === 0 && version.startsWith('4.')) return undefined;
  const found =
    error === undefined && status === 0
      ? `"func" is version ${version}; it must be 4.`
      : '"func" was not found: Azure Functions Core Tools 4 are not installed, or not on the PATH.';
  return (
    `${found} Install them: npm install -g azure-functions-core-tools@4 (Node 22 or newer), or as ` +
    'https://learn.microsoft.com/azure/azure-functions/functions-run-local says. Without them, "npm start" runs ' +
    'the same bundle in this project’s own host.'
  );
}

/** Starts Azurite with its data in `.azurite/`, unless one is running. */
async function storageOf(
  root: string,
  [blobPort, queuePort, tablePort]: readonly [number, number, number],
): Promise<Pick<Azurite, 'stop'>> {
  if (blobPort !== 0 && (await answers(blobPort))) {
    print(`Port ${blobPort} is in use. The app uses what listens there as its Azurite.`);
    return { stop: () => Promise.resolve() };
  }
  const folder = join(root, '.azurite');
  mkdirSync(folder, { recursive: true });
  const entry = join(__dirname, 'storage.js');
  const azurite = await startAzurite({ entry, folder, blobPort, queuePort, tablePort });
  print(`Azurite: ${azurite.blobUrl}, kept in .azurite/`);
  return azurite;
}

/** True when something listens on a local port. */
async function answers(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Runs `func` with this terminal. Ctrl-C reaches it directly; a signal to end is passed on. */
async function untilEnded(root: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn('func', args, { cwd: root, env, stdio: 'inherit', shell: isWindows });
  const end = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', ignore);
  process.on('SIGTERM', end);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 0;
  } finally {
    process.off('SIGINT', ignore);
    process.off('SIGTERM', end);
  }
}
