import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { folders } from '../connectors/list';
import {
  createApp,
  loadConnectors,
  type App,
  type Environment,
  type LogLines,
  type RunReport,
  type SourceId,
} from '../shared/app';
import { readAddresses, takeDataFolder } from '../local/start/data-folder';
import { appEnvironment, readEnvironment } from '../local/start/environment';
import { reportJson, runLine } from '../local/start/lines';
import { programsIn, startServices } from '../local/start/services';
import { parseTarget, type Target } from './target';

/** How long a lease that another run holds is waited for: a little more than it lasts without that run. */
const BUSY_LIMIT_MS = 75_000;
const BUSY_WAIT_MS = 2_500;
const EXIT = { fine: 0, failed: 1, busy: 3 } as const;

/** The options of `tributary run`. */
export interface RunCommand {
  readonly json: boolean;
  readonly data: string;
}

/** What an app runs against, and how that is given back. */
interface Surroundings {
  readonly env: Environment;
  close(): Promise<void>;
}

/** `tributary run`: one run of each source that the target names, in this process. @returns the exit code */
export async function run(root: string, target: string, { data, json }: RunCommand): Promise<number> {
  const wanted = parseTarget(target);
  const surroundings = await surround(root, data);
  try {
    const app = createApp({
      env: surroundings.env,
      folders: folders(),
      hostJsonFile: join(root, 'host.json'),
    });
    const ids = choose(app, wanted, surroundings.env);
    const reports = await Promise.all(ids.map((id) => patiently(app, id)));
    const text = json ? JSON.stringify({ runs: reports.map(reportJson) }) : reports.map(runLine).join('\n');
    process.stdout.write(`${text}\n`);
    if (reports.some(({ outcome }) => outcome === 'failed')) return EXIT.failed;
    return reports.some(({ outcome }) => outcome === 'busy') ? EXIT.busy : EXIT.fine;
  } finally {
    await surroundings.close();
  }
}

/** The sources that a target names. @throws Error that says why there is none */
function choose(app: App, { connector, instance, source }: Target, env: Environment): SourceId[] {
  const found = app.connectors.find(({ name }) => name === connector);
  if (found === undefined) {
    const left = app.broken.find(({ folder }) => folder === connector);
    throw new Error(
      left === undefined
        ? `There is no connector ${connector}. Known: ${app.connectors.map(({ name }) => name).join(', ')}.`
        : `${left.path ?? `connectors/${connector}`} is left out: ${left.problem}`,
    );
  }
  if (source !== undefined && found.sources[source] === undefined) {
    throw new Error(
      `${connector} has no source ${source}. Its sources: ${Object.keys(found.sources).join(', ')}.`,
    );
  }
  const ids = app
    .sources(connector)
    .filter((id) => (source ?? id.source) === id.source && (instance ?? id.instance) === id.instance);
  if (ids.length > 0) return ids;
  const instances = app.settings(found).instances;
  if (instance !== undefined && !instances.some((one) => one.instance === instance)) {
    throw new Error(
      `${connector} has no instance ${instance}. Its instances: ${instances.map((one) => one.instance).join(', ')}.`,
    );
  }
  const problems = instances.flatMap((one) => one.problems);
  throw new Error(
    problems.length > 0
      ? problems.join('\n')
      : `${connector} is off: none of its settings is set${env['AzureWebJobsStorage'] === undefined ? '' : ' in this environment'}.`,
  );
}

/** Runs a source, and waits for its lease where another run holds it. */
async function patiently(app: App, id: SourceId): Promise<RunReport> {
  for (let waitedMs = 0; ; waitedMs += BUSY_WAIT_MS) {
    const report = await app.pullSource(id, QUIET);
    if (report.outcome !== 'busy' || waitedMs >= BUSY_LIMIT_MS) return report;
    await wait(BUSY_WAIT_MS);
  }
}

/** The report is what is printed; warnings go to standard error. */
const QUIET: LogLines = {
  info: () => undefined,
  warn: (line) => void process.stderr.write(`${line}\n`),
  error: () => undefined,
};

/** The operator's own storage; else the running `npm start` of the folder; else services for as long as this takes. */
async function surround(root: string, data: string): Promise<Surroundings> {
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
