import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { folders } from '../../connectors/list';
import { parseSchedule } from '../../local/host/timers/schedule';
import { LOCAL_WORKSPACE } from '../../local/start/app-environment';
import { createApp } from '../../shared/app';
import { isBalanced } from '../../shared/contract/checkpoint';
import { openStorage } from '../../shared/storage/storage';
import { judgeFlatness, type Allowance, type Sample } from './flatness';
import type { RunReport } from '../../shared/contract/run';
import { type LogLines, variableOf } from '../../shared/admin';

/* The app of a soak in its own process. Its clock jumps from one timer to the next. */

/** The input of a soak. */
export interface SoakTask {
  /** The start of the simulated time; ISO 8601, UTC. */
  readonly begin: string;
  readonly hours: number;
  readonly samples: number;
  readonly allowed: Allowance;
  readonly storage: string;
  readonly collector: string;
  readonly settings: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly hostJsonFile: string;
}

/** The environment's observations. */
interface World {
  readonly published: number;
  readonly rows: number;
  readonly distinct: number;
  readonly complaints: readonly string[];
}

const HOUR_MS = 3_600_000;
const SWEEP = parseSchedule('40 7-59/15 * * * *');

let now = new Date(0);
let lastMove: Promise<unknown> = Promise.resolve();
const problems = new Set<string>();
const complain = (line: string): void => void problems.add(line);
const lines: LogLines = { info: () => undefined, warn: complain, error: complain };

/** Moves the vendors' clock to the app's, which may be ahead: a wait for a vendor's limit moves it. */
function moveTo(time: Date): Promise<World> {
  const world = lastMove.then(async () => {
    if (time > now) now = time;
    process.send?.({ now: now.toISOString() });
    const [seen] = (await once(process, 'message')) as [World];
    return seen;
  });
  // One at a time, because an answer does not name its question.
  lastMove = world;
  return world;
}

async function soak(task: SoakTask): Promise<object> {
  const begin = new Date(task.begin);
  const end = new Date(begin.getTime() + task.hours * HOUR_MS);
  const env = {
    AzureWebJobsStorage: task.storage,
    LOGS_INGESTION_ENDPOINT: task.collector,
    DCR_IMMUTABLE_ID: LOCAL_WORKSPACE.dcrImmutableId,
    ...Object.fromEntries(
      Object.entries(task.settings).flatMap(([name, settings]) =>
        Object.entries(settings).map(([key, value]) => [variableOf(name, key), value]),
      ),
    ),
  };
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      await moveTo(new Date(now.getTime() + ms));
    },
    alarm: () => () => undefined,
    random: () => 0.5,
  };
  const app = createApp({ env, folders: folders(), hostJsonFile: task.hostJsonFile, clock });
  const timers = app.timers.map(({ connector, schedule }) => ({
    schedule: parseSchedule(schedule),
    fire: () => app.pullConnector(connector, lines),
  }));
  const { blobs } = openStorage(env);
  const samples: Sample[] = [];
  const total = { runs: 0, accepted: 0, duplicate: 0, unbalanced: 0 };
  const add = (reports: readonly RunReport[]): void => {
    for (const report of reports) {
      total.runs++;
      total.accepted += report.accepted;
      total.duplicate += report.duplicate;
      if (!isBalanced(report)) total.unbalanced++;
      if (report.error !== undefined)
        complain(`${report.connector}/${report.source}: ${report.error.message}`);
    }
  };
  const startedAt = performance.now();
  const due = timers.map(({ schedule, fire }) => ({ at: schedule.next(begin), schedule, fire }));
  let sweepAt = SWEEP.next(begin);
  let sampleAt = begin.getTime();
  for (;;) {
    const at = new Date(Math.min(sweepAt.getTime(), ...due.map((timer) => timer.at.getTime())));
    if (at > end) break;
    await moveTo(at);
    for (const timer of due) {
      if (timer.at > at) continue;
      add(await timer.fire());
      timer.at = timer.schedule.next(at);
    }
    if (sweepAt <= at) {
      await app.sweep(lines);
      sweepAt = SWEEP.next(at);
    }
    if (at.getTime() >= sampleAt) {
      samples.push(await sample((at.getTime() - begin.getTime()) / HOUR_MS, blobs));
      sampleAt += (task.hours * HOUR_MS) / task.samples;
    }
  }
  const world = await moveTo(now);
  return {
    seconds: Math.round((performance.now() - startedAt) / 1_000),
    hours: task.hours,
    ...total,
    published: world.published,
    rows: world.rows,
    distinct: world.distinct,
    problems: [...problems, ...world.complaints],
    flatness: judgeFlatness(samples, task.allowed),
    samples,
  };
}

/** Twice, because some objects become unreachable only by the first collection. */
async function sample(hour: number, blobs: ReturnType<typeof openStorage>['blobs']): Promise<Sample> {
  let count = 0;
  for await (const _ of blobs.listBlobsFlat()) count++;
  global.gc?.();
  await new Promise((done) => setImmediate(done));
  global.gc?.();
  return {
    hour: Math.round(hour * 100) / 100,
    heapBytes: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().length + descriptors(),
    blobs: count,
  };
}

/** Idle kept connections are not active resources; on Linux every open file is counted instead. */
function descriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

process.once('message', (task: SoakTask) => {
  soak(task).then(
    (report) => process.send?.({ report }, () => process.exit(0)),
    (error: unknown) => {
      process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
      process.exit(1);
    },
  );
});
