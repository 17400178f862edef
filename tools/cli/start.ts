import { folders } from '../../connectors/list';
import type { HostLog } from '../../local/host/host';
import { otherLine, reportJson, runLine } from '../../local/start/report-text';
import { programsIn } from '../../local/start/programs';
import { startLocal, type Local, type StartOptions } from '../../local/start/start';
import { nextSteps, sayProblems, startBlock } from './start-block';
import { runAll } from './start-once';
import { print, warn } from './output';
import type { RunReport } from '../../shared/contract/run';
import { loadConnectors } from '../../shared/load';

/** The options of `tributary start`. */
export interface StartCommand {
  readonly port: number;
  readonly data: string;
  readonly connectors?: readonly string[];
  readonly fresh: boolean;
  readonly once: boolean;
  readonly json: boolean;
  readonly simulators: boolean;
}

/**
 * `tributary start`: runs everything until Ctrl-C; with `--once`, until each source has caught up.
 * @param signalled resolves when this process is asked to end
 * @returns the exit code
 */
export async function start(root: string, options: StartCommand, signalled: Promise<void>): Promise<number> {
  const sayToPeople = (text: string): void => (options.json ? undefined : print(text));
  const stopping = new AbortController();
  const asked = signalled.then(() => {
    sayToPeople('Stopping …');
    stopping.abort();
    return 0;
  });
  const isWaiting = new Set<(report: RunReport) => void>();
  const local = await startUnlessStopped({
    ...options,
    root,
    env: process.env,
    programs: programsIn(__dirname),
    folders: folders(),
    timers: !options.once,
    signal: stopping.signal,
    onReady: (part) => sayToPeople(`  ${part.padEnd(14)} ready after ${seconds()} s`),
    onReport(report) {
      print(options.json ? { run: reportJson(report) } : runLine(report));
      for (const notify of isWaiting) notify(report);
    },
    onLog: (line) => sayOther(line, options.json),
  });
  if (local === undefined) return 0;
  print(options.json ? addresses(local) : startBlock(local, options));
  sayProblems(local, loadConnectors(folders()).broken);
  // After the addresses, because pushed records write log lines too.
  if (!options.once) await local.services.announce(local.host.url);
  const stopped = Promise.race([asked, local.services.lost.then(sayLost)]);
  try {
    if (options.once) return await Promise.race([runAll(local, isWaiting, options.json), stopped]);
    void firstRound(local).then((runs) => {
      if (runs > 0 && !stopping.signal.aborted) sayToPeople(nextSteps(local.host, options.data));
    });
    return await stopped;
  } finally {
    if (!stopping.signal.aborted) sayToPeople('Stopping …');
    await local.stop();
  }
}

/** @returns the exit code after a service was lost */
function sayLost(sentence: string): number {
  warn(`error: ${sentence}`);
  return 1;
}

/**
 * Starts everything. If it is asked to stop meanwhile, stops what runs and returns `undefined`. A terminal sends Ctrl-C to
 * every program at once, so a program may end before it was ready; that is not a failure then.
 */
async function startUnlessStopped(
  options: StartOptions & { readonly signal: AbortSignal },
): Promise<Local | undefined> {
  try {
    const local = await startLocal(options);
    if (!options.signal.aborted) return local;
    await local.stop();
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
  return undefined;
}

/** Runs every timer once, so that rows arrive without waiting for the schedule. @returns how many */
async function firstRound({ app, host }: Local): Promise<number> {
  const runs = app.timers.map(({ connector }) => host.invoke(`pull-${connector}`));
  await Promise.allSettled(runs);
  return runs.length;
}

/** The time since this process began. */
function seconds(): string {
  return process.uptime().toFixed(1);
}

function sayOther(line: HostLog, json: boolean): void {
  const text = otherLine(line);
  if (text !== undefined) warn(json ? { log: line } : text);
}

function addresses({ app, data, host, services }: Local): object {
  return {
    host: host.url,
    processes: { app: host.workerPid, ...services.processes() },
    workspace: services.workspace.url,
    workspaceTls: services.workspace.tlsUrl,
    vendor: services.vendor,
    storage: services.storageUrl,
    data: data.path,
    sources: app.sources(),
  };
}
