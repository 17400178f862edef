import { join } from 'node:path';
import { stringifyJson } from '../../shared/values/json/json';
import { unknownNameHint } from '../../shared/values/did-you-mean';
import { readEnvironment } from '../../local/start/app-environment';
import { realVendorHint, requiredVariables } from '../../local/start/services';
import { unsimulated, unsimulatedReason } from '../../local/vendor/simulated';
import { connectorFolders, findFolder } from '../cli/connector-folders';
import { rebuildConnector, type RebuiltConnector } from './rebuild-connector';
import { withCompleteCommands, printUnchanged, warn } from '../cli/output';
import { simulateVendor, type SimulatedVendor } from './simulated-vendor';
import { parseTarget, requireSource, type Target } from '../cli/target';
import { tryPosts } from './try-posts';
import { trySource, type TryReport } from './try-source';
import { tryText } from './try-text';
import { watchFolder } from './watch-folder';
import { formatId } from '../../shared/contract/checkpoint';
import type { Connector } from '../../shared/contract/connector';
import { type Environment, type InstanceSettings, type LogLines, readSettings } from '../../shared/admin';

/** The options of `tributary try`. */
export interface TryCommand {
  readonly watch: boolean;
  readonly json: boolean;
  readonly records: number;
}

/**
 * `tributary try`: reads and shows one page of each source that the target names. Stores and sends nothing. @returns the exit
 * code
 */
export async function tryConnector(
  root: string,
  outside: readonly string[],
  target: string,
  options: TryCommand,
): Promise<number> {
  const wanted = parseTarget(target);
  const found = findFolder(connectorFolders(root, outside), wanted.connector);
  if (!options.watch) return attempt(await rebuildConnector(found), root, wanted, options);

  const watched = watchFolder(found.path);
  const stopped = new Promise<'stopped'>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => done('stopped'));
  });
  try {
    do {
      await rebuildConnector(found)
        .then((folder) => attempt(folder, root, wanted, options))
        .catch(sayProblem);
      warn(`Waiting for a change in ${found.shown}; Ctrl-C ends.`);
    } while ((await Promise.race([watched.change(), stopped])) !== 'stopped');
    return 0;
  } finally {
    watched.close();
  }
}

function sayProblem(error: unknown): void {
  warn((error as Error).message);
}

/** @returns 1 when a source stopped with an error */
async function attempt(
  folder: RebuiltConnector,
  root: string,
  wanted: Target,
  { json, records }: TryCommand,
): Promise<number> {
  const isMeant = (source: string): boolean => (wanted.source ?? source) === source;
  const all = Object.entries(folder.connector.sources);
  const received = all.filter(([name, { receive }]) => receive !== undefined && isMeant(name));
  const reports: TryReport[] = [];
  if (received.length === 0 || all.some(([name, { pull }]) => pull !== undefined && isMeant(name)))
    reports.push(...(await trySources(folder, root, wanted, records)));
  for (const [name] of received) reports.push(await tryPosts(folder, name, records));
  const tries = reports.map((report) =>
    report.error === undefined ? report : { ...report, error: withCompleteCommands(report.error) },
  );
  printUnchanged(json ? stringifyJson({ tries }) : tries.map(tryText).join('\n\n'));
  return reports.some(({ error }) => error !== undefined) ? 1 : 0;
}

/** Tries the sources that are pulled. */
async function trySources(
  folder: RebuiltConnector,
  root: string,
  wanted: Target,
  records: number,
): Promise<TryReport[]> {
  const { connector } = folder;
  const own = readEnvironment(process.env, join(root, 'local.settings.json'));
  let simulated: SimulatedVendor | undefined;
  try {
    let instance = chooseInstance(connector, own, wanted);
    if (instance === undefined) {
      warnUnsimulated(folder, wanted);
      simulated = await simulateVendor(folder, true);
      instance = readSettings(connector, simulated.env).instances[0];
    }
    const env = simulated?.env ?? own;
    const secrets = instance?.secrets ?? [];
    const reports: TryReport[] = [];
    for (const source of chooseSources(connector, instance, wanted)) {
      const id = { connector: connector.name, instance: instance?.instance ?? 'default', source };
      const vendor = simulated === undefined ? 'real' : 'simulated';
      reports.push(await trySource(connector, { id, vendor, env, secrets, records, lines: WARNINGS }));
    }
    return reports;
  } finally {
    await simulated?.vendor.close();
  }
}

/** Warns about sources without a simulated vendor. @throws Error if none is left to try */
function warnUnsimulated({ connector, rules }: RebuiltConnector, { source }: Target): void {
  const left = unsimulated(connector, rules).filter((name) => (source ?? name) === name);
  const sentences = left.map(
    (name) => `${unsimulatedReason(connector.name, name)} ${realVendorHint(connector)}`,
  );
  const pulled = Object.entries(connector.sources).filter(
    ([name, { pull }]) => pull !== undefined && (source ?? name) === name,
  );
  if (left.length > 0 && left.length === pulled.length) throw new Error(sentences.join('\n'));
  for (const sentence of sentences) warn(sentence);
}

/**
 * The instance to try; `undefined` if no setting is set, so that the simulator stands in. @throws Error naming the missing
 * settings
 */
function chooseInstance(
  connector: Connector,
  env: Environment,
  { instance: name }: Target,
): InstanceSettings | undefined {
  const { instances } = readSettings(connector, env);
  const chosen =
    name === undefined
      ? (instances.find(({ state }) => state === 'on') ?? instances.find(({ state }) => state === 'wrong'))
      : instances.find(({ instance }) => instance === name);
  if (chosen?.state === 'wrong') throw new Error(chosen.problems.join('\n'));
  if (name !== undefined && name !== 'default' && chosen === undefined) {
    const prefix = `${connector.name}__${name}`.replace(/-/g, '_').toUpperCase();
    const known = instances.map(({ instance }) => instance);
    throw new Error(
      `${connector.name} has no instance ${name}: no variable begins with ${prefix}__.${unknownNameHint(name, known, 'Its instances')} Set the instance's own ${requiredVariables(connector)}.`,
    );
  }
  return chosen?.state === 'on' ? chosen : undefined;
}

/** The sources to try: the named one, or all that are on. @throws Error with the reason if there is none */
function chooseSources(
  connector: Connector,
  instance: InstanceSettings | undefined,
  { source }: Target,
): string[] {
  if (source !== undefined) requireSource(connector, source);
  const on = (instance?.sources ?? []).filter(({ isOn }) => isOn).map((one) => one.source);
  const chosen = on.filter((name) => (source ?? name) === name);
  if (chosen.length > 0) return chosen;
  const id = { connector: connector.name, instance: instance?.instance ?? 'default', source: source ?? '' };
  throw new Error(
    source === undefined
      ? `${connector.name} has no source that is on. Its settings of one source, or its SOURCES setting, leave all of them out.`
      : `${formatId(id)} is off: its own settings are not set, or the SOURCES setting leaves it out.`,
  );
}

const WARNINGS: LogLines = {
  info: () => undefined,
  warn,
  error: warn,
};
