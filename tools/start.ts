import { folders } from '../connectors/list';
import { loadConnectors, type RunReport } from '../shared/app';
import type { HostLog } from '../local/host/host';
import { otherLine, reportJson, runLine } from '../local/start/lines';
import { programsIn } from '../local/start/services';
import { startLocal, type Local } from '../local/start/start';
import { nextSteps, sayProblems, startBlock } from './start-block';
import { runAll } from './once';

/** The options of `tributary start`. */
export interface StartCommand {
  readonly port: number;
  readonly data: string;
  readonly fresh: boolean;
  readonly once: boolean;
  readonly json: boolean;
  readonly simulators: boolean;
}

/** `tributary start`: everything up until Ctrl-C; with `--once` until each source has found nothing newer. @returns the exit code */
export async function start(root: string, options: StartCommand): Promise<number> {
  const asked = untilAsked();
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const isWaiting = new Set<(report: RunReport) => void>();
  const local = await startLocal({
    ...options,
    root,
    env: process.env,
    programs: programsIn(__dirname),
    folders: folders(),
    timers: !options.once,
    onReport(report) {
      say(options.json ? JSON.stringify({ run: reportJson(report) }) : runLine(report));
      for (const notify of isWaiting) notify(report);
    },
    onLog: (line) => sayOther(line, options.json),
  });
  say(options.json ? JSON.stringify(addresses(local)) : startBlock(local, options));
  sayProblems(local, loadConnectors(folders()).broken);
  // After the addresses: what comes in leaves lines too.
  if (!options.once) await local.services.announce(local.host.url);
  const stopped = Promise.race([asked, local.services.lost.then(sayLost)]);
  try {
    if (options.once) return await Promise.race([runAll(local, isWaiting, options.json), stopped]);
    await Promise.race([firstRound(local, options), stopped]);
    return await stopped;
  } finally {
    if (!options.json) say('Stopping …');
    await local.stop();
  }
}

/** @returns the exit code of a start that cannot go on */
function sayLost(sentence: string): number {
  process.stderr.write(`error: ${sentence}\n`);
  return 1;
}

/** Runs every timer once, so that something moves at once; then says what to try. */
async function firstRound({ app, host }: Local, { data, json }: StartCommand): Promise<void> {
  const runs = app.timers.map(({ connector }) => host.invoke(`pull-${connector}`));
  await Promise.allSettled(runs);
  if (!json && runs.length > 0) process.stdout.write(nextSteps(host, data));
}

/** Resolves when the operator or the system asks this process to end. */
function untilAsked(): Promise<number> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done(0));
  });
}

function sayOther(line: HostLog, json: boolean): void {
  const text = otherLine(line);
  if (text !== undefined) process.stderr.write(`${json ? JSON.stringify({ log: line }) : text}\n`);
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
