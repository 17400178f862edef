import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { type App, createApp } from '../../shared/app';
import type { PullSource } from '../../shared/contract/connector';
import { EMPTY_LEDGER } from '../../shared/contract/checkpoint';
import type { RateLimit } from '../../shared/contract/budget';
import { compileFormat } from '../../shared/rows/format-page';
import { send } from '../../shared/rows/send-rows';
import { createCheckpoints } from '../../shared/storage/state/checkpoints';
import { clock } from '../../shared/process/clock';
import { createHttp } from '../../shared/http/http';
import {
  LOGS_INGESTION_VARIABLES,
  createLogsIngestion,
  readLogsIngestion,
} from '../../shared/sink/logs-ingestion';
import { openStorage } from '../../shared/storage/storage';
import { dedupAtWatermark } from '../../shared/windows/watermark';
import { sleepAndPoll } from '../../shared/kit/sleep-and-poll';
import { benchConnector } from './backfill-source';
import type { Seen, WorldWish } from './backfill-environment';
import { secretKeeper, secretsOf } from '../../shared/values/secrets/secrets';
import { BACKFILL_QUEUE, type LogLines, openAdmin } from '../../shared/admin';

/*
 * Measures backfills on real storage: slices in parallel against one after another; the used share of a rate limit; and the
 * delay that they cause for live collection. Arguments: the built environment, the storage, and `quick`.
 */

const [worldFile = '', storageAt = '', quick = ''] = process.argv.slice(2);
const PAGES = quick === 'quick' ? 80 : 240;
const LIVE_RUNS = quick === 'quick' ? 5 : 12;
const LIVE_EVERY_MS = 2_000;
const DAY_MS = 24 * 3_600_000;
const LIMIT: RateLimit = { requests: 10, perMs: 1_000 };
const ID = { connector: 'bench', instance: 'default', source: 'events' };
const RULE = 'dcr-00000000000000000000000000000001';
const lines: LogLines = {
  info: () => undefined,
  warn: () => undefined,
  error: (line) =>
    void process.stderr.write(`${line}
`),
};

let world: ChildProcess;
let url = '';
const storage = openStorage({ AzureWebJobsStorage: storageAt });

async function main(): Promise<void> {
  world = fork(worldFile, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  [{ url }] = (await once(world, 'message')) as [{ url: string }];
  const sequentialMs = await sequential();
  const free = await backfill([], PAGES);
  if (free.seen.rows !== PAGES * 100) throw new Error(`${free.seen.rows} rows came, not ${PAGES * 100}`);
  const limited = await backfill([LIMIT], PAGES);
  const [alone, beside] = [await liveAges(false), await liveAges(true)];
  const [first = 0, last = 0] = [limited.seen.requestsMs[0], limited.seen.requestsMs.at(-1)];
  const couldBe = LIMIT.requests * ((last - first) / LIMIT.perMs + 1);
  process.send?.({
    vsSequential: round(sequentialMs / free.ms),
    atOnce: free.seen.atOnce,
    budgetUsed: round(limited.seen.requestsMs.length / couldBe),
    tooMany: limited.seen.tooMany + beside.tooMany,
    freshness: round(beside.meanMs / alone.meanMs),
    ms: {
      sequential: Math.round(sequentialMs),
      sideBySide: Math.round(free.ms),
      limited: Math.round(limited.ms),
    },
    liveMeanAgeMs: { alone: Math.round(alone.meanMs), beside: Math.round(beside.meanMs) },
  });
  world.disconnect();
}

/** Sets the environment's range, pages and limit, and clears its observations. */
async function arrange(pages: number, limits: readonly RateLimit[]): Promise<WorldWish> {
  const toMs = Date.now() - DAY_MS;
  const wish = { fromMs: toMs - 7 * DAY_MS, toMs, pages, limits };
  world.send(wish);
  await once(world, 'message');
  return wish;
}

async function look(): Promise<Seen> {
  world.send('seen');
  const [seen] = (await once(world, 'message')) as [Seen];
  return seen;
}

/** Requests, sends and saves each page before it requests the next. @returns the duration */
async function sequential(): Promise<number> {
  const { fromMs, toMs } = await arrange(PAGES, []);
  const events = benchConnector([]).sources['events'] as PullSource;
  const env = { LOGS_INGESTION_ENDPOINT: url, DCR_IMMUTABLE_ID: RULE };
  const { signal } = new AbortController();
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const deadline = new Date(Date.now() + 3_600_000);
  const common = { deadline, signal, clock, log, secrets: secretsOf([]) };
  const settings = readLogsIngestion(env);
  const variables = { address: ['BENCH_URL'], credentials: [] };
  const http = createHttp({ ...common, who: 'the vendor', origins: [url], variables });
  const toSink = {
    ...common,
    who: 'the workspace',
    origins: settings.origins,
    variables: LOGS_INGESTION_VARIABLES,
  };
  const sink = createLogsIngestion(settings, env, createHttp(toSink), signal);
  const held = await createCheckpoints(storage).acquire({
    ...ID,
    source: `sequential-${randomUUID().slice(0, 8)}`,
  });
  if (held === 'busy') throw new Error('nobody else holds it');
  const startedAt = new Date();
  const format = compileFormat(events, { instance: 'default', startedAt, sink }, dedupAtWatermark(undefined));
  const range = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  const context = {
    http,
    settings: { url },
    checkpoint: null,
    startFrom: startedAt,
    newest: undefined,
    time: events.table.time,
    startedAt,
    signal,
    secret: secretKeeper(secretsOf([])),
    ...sleepAndPoll({ clock, deadline: new Date(startedAt.getTime() + 3_600_000), signal }),
  };
  const began = performance.now();
  let rows = 0;
  for await (const page of events.pull({ ...context, window: { lane: 'backfill', ...range } })) {
    const formatted = format(page.records);
    await send(sink, events.table, formatted.encoded);
    rows += formatted.result().rows.length;
    const ledger = { ...EMPTY_LEDGER, fetched: rows, accepted: rows };
    await held.save({
      ...held.checkpoint,
      position: page.checkpoint,
      ledger,
      savedAt: new Date().toISOString(),
    });
  }
  const ms = performance.now() - began;
  await held.release();
  if (rows !== PAGES * 100) throw new Error(`${rows} rows came, not ${PAGES * 100}`);
  return ms;
}

/** The real app, with a limit. */
function appOf(limits: readonly RateLimit[]): App {
  return createApp({
    env: {
      AzureWebJobsStorage: storageAt,
      LOGS_INGESTION_ENDPOINT: url,
      DCR_IMMUTABLE_ID: RULE,
      BENCH_URL: url,
      BENCH_START: 'now',
    },
    folders: [{ name: 'bench', load: () => ({ default: benchConnector(limits) }) }],
    hostJsonFile: '',
  });
}

/** Starts a backfill of the environment's range and handles its messages, as a host does, until it is finished. */
async function backfill(
  limits: readonly RateLimit[],
  pages: number,
): Promise<{ readonly ms: number; readonly seen: Seen }> {
  const { fromMs, toMs } = await arrange(pages, limits);
  const app = appOf(limits);
  const admin = openAdmin(app, lines).backfills;
  const wish = { from: new Date(fromMs), to: new Date(toMs), by: 'the bench' };
  const planned = await admin.plan(ID, wish);
  await look();
  const began = performance.now();
  await admin.start(planned);
  await work(app);
  const ms = performance.now() - began;
  const one = (await admin.list(ID)).find(({ id }) => id === planned.backfill.id);
  if (one?.state !== 'finished') throw new Error(`the backfill is ${one?.state ?? 'gone'}`);
  return { ms, seen: await look() };
}

/** Handles every message, including those that arrive meanwhile. */
async function work(app: App): Promise<void> {
  const queue = storage.queue(BACKFILL_QUEUE);
  for (;;) {
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: 32,
      visibilityTimeout: 3_600,
    });
    if (receivedMessageItems.length === 0) return;
    await Promise.all(
      receivedMessageItems.map(async ({ messageId, messageText, popReceipt }) => {
        await app.workOn(JSON.parse(Buffer.from(messageText, 'base64').toString('utf8')), lines);
        await queue.deleteMessage(messageId, popReceipt);
      }),
    );
  }
}

/** The average age of live events when they are accepted, under the limit, with or without a backfill. */
async function liveAges(isBeside: boolean): Promise<{ readonly meanMs: number; readonly tooMany: number }> {
  const seconds = ((LIVE_RUNS + 3) * LIVE_EVERY_MS) / 1_000;
  const { fromMs, toMs } = await arrange(LIMIT.requests * seconds, [LIMIT]);
  const app = appOf([LIMIT]);
  await app.pullSource(ID, lines);
  const admin = openAdmin(app, lines).backfills;
  let working = Promise.resolve();
  let order;
  if (isBeside) {
    order = await admin.start(
      await admin.plan(ID, { from: new Date(fromMs), to: new Date(toMs), by: 'the bench' }),
    );
    working = work(app);
    await wait(LIVE_EVERY_MS);
  }
  await app.pullSource(ID, lines);
  await look();
  const runs: Promise<unknown>[] = [];
  for (let run = 0; run < LIVE_RUNS; run++) {
    await wait(LIVE_EVERY_MS);
    runs.push(app.pullSource(ID, lines));
  }
  await Promise.all(runs);
  const { ages, tooMany } = await look();
  if (order !== undefined) await admin.change(order, 'the bench', 'cancel');
  await working;
  return { meanMs: ages.reduce((sum, age) => sum + age, 0) / ages.length, tooMany };
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

void main();
