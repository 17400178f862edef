import { join } from 'node:path';
import { folders } from '../../connectors/list';
import { type App, createApp } from '../../shared/app';
import { unknownNameHint } from '../../shared/values/did-you-mean';
import { reportJson, runLine } from '../../local/start/report-text';
import { readEnvironment, simulated } from '../../local/start/app-environment';
import { realVendorHint } from '../../local/start/services';
import { rulesOf, unsimulated, unsimulatedReason } from '../../local/vendor/simulated';
import { retryWhileBusy } from './retry-while-busy';
import { print, warn } from './output';
import { openLocalEnvironment } from './local-environment';
import { findConnector, parseTarget, type Target } from './target';
import type { SourceId } from '../../shared/contract/checkpoint';
import type { RunReport } from '../../shared/contract/run';
import { loadConnectors } from '../../shared/load';
import type { Environment, LogLines } from '../../shared/admin';

/** The exit codes. */
export const EXIT = { fine: 0, failed: 1, wrong: 2, busy: 3 } as const;

/** The options of `tributary run`. */
export interface RunCommand {
  readonly json: boolean;
  readonly data: string;
  readonly connectors?: readonly string[];
}

/** `tributary run`: one run of each source that the target names, in this process. @returns the exit code */
export async function run(root: string, target: string, options: RunCommand): Promise<number> {
  const { data, json } = options;
  const wanted = parseTarget(target);
  findConnector(wanted, loadConnectors(folders()));
  const local = await openLocalEnvironment(root, data, { whereNone: 'make' });
  try {
    const app = createApp({
      env: local.env,
      folders: folders(),
      hostJsonFile: join(root, 'host.json'),
    });
    const ids = choose(app, wanted, local.env, whyOff(root, wanted, app));
    const reports = await Promise.all(
      ids.map((id) => retryWhileBusy(() => app.pullSource(id, QUIET), isBusy)),
    );
    print(json ? { runs: reports.map(reportJson) } : reports.map(runLine).join('\n'));
    if (reports.some(({ outcome }) => outcome === 'failed')) return EXIT.failed;
    return reports.some(({ outcome }) => outcome === 'busy') ? EXIT.busy : EXIT.fine;
  } finally {
    await local.close();
  }
}

/** Why a source is off although nothing else keeps it off: it has no simulated vendor. */
function whyOff(root: string, target: Target, app: App): string | undefined {
  const connector = findConnector(target, app);
  const env = readEnvironment(process.env, join(root, 'local.settings.json'));
  if (simulated([connector], env).length === 0) return undefined;
  const [first] = unsimulated(
    connector,
    rulesOf(folders().find(({ name }) => name === connector.name)),
  ).filter((name) => (target.source ?? name) === name);
  return first === undefined
    ? undefined
    : `${unsimulatedReason(connector.name, first)} ${realVendorHint(connector)}`;
}

/** The sources that a target names. @throws Error with the reason if there is none */
function choose(app: App, target: Target, env: Environment, why: string | undefined): SourceId[] {
  const { connector, instance, source } = target;
  const found = findConnector(target, app);
  const ids = app
    .sources(connector)
    .filter((id) => (source ?? id.source) === id.source && (instance ?? id.instance) === id.instance);
  if (ids.length > 0) return ids;
  if (why !== undefined) throw new Error(why);
  const instances = app.settings(found).instances;
  if (instance !== undefined && !instances.some((one) => one.instance === instance)) {
    const known = instances.map((one) => one.instance);
    throw new Error(
      `${connector} has no instance ${instance}.${unknownNameHint(instance, known, 'Its instances')}`,
    );
  }
  const problems = instances.flatMap((one) => one.problems);
  throw new Error(
    problems.length > 0
      ? problems.join('\n')
      : `${connector} is off: none of its settings is set${env['AzureWebJobsStorage'] === undefined ? '' : ' in this environment'}.`,
  );
}

const isBusy = ({ outcome }: RunReport): boolean => outcome === 'busy';

/** Only warnings are logged, to standard error: standard output has the report. */
const QUIET: LogLines = {
  info: () => undefined,
  warn,
  error: () => undefined,
};
