import { createHmac } from 'node:crypto';
import { type App, createApp } from '../../shared/app';
import { blocksOf, threadMs } from './event-loop';
import { HOSTILE, ORDINARY } from './hostile-json';
import { hostileConnector } from './hostile-source';
import { signBody, signedPosts, type Post } from './push-posts';
import type { LogLines } from '../../shared/admin';

/* Measures how long large bodies block the event loop, on every way into the app, in this process. */

/** What is measured. */
export interface BlocksTask {
  readonly storage: string;
  readonly vendor: string;
  readonly collector: string;
  readonly hostJsonFile: string;
  readonly bytes: number;
  /** Names of shapes. Without any, measures how long a small post waits beside a large one. */
  readonly shapes?: readonly string[];
}

/** The longest turn of the event loop on each way, in milliseconds. */
export type WayBlocks = Readonly<Record<'take' | 'deliver' | 'webhook' | 'deliverWebhook' | 'pull', number>>;

const KEY = 'dGhlIGtleSBvZiB0aGUgYmVuY2g=';
const WORKSPACE_ID = '00000000-0000-4000-8000-000000000001';
const SECRET = 'the-secret-of-the-bench';
const QUERY = new URLSearchParams('api-version=2016-04-01');
const lines: LogLines = { info: () => undefined, warn: () => undefined, error: () => undefined };

let apps = 0;

process.once('message', (task: BlocksTask) => {
  void measure(task).then((measured) => process.send?.(measured, () => process.exit(0)));
});

async function measure(task: BlocksTask): Promise<object> {
  // So that the code is compiled before the measurement.
  await blocksOfShape(task, 'ordinary records', Buffer.from(ORDINARY['ordinary records']?.(1e6) ?? ''));
  if (task.shapes === undefined) return waitBeside(task);
  const longest: Record<string, WayBlocks> = {};
  for (const name of task.shapes) {
    const body = Buffer.from({ ...ORDINARY, ...HOSTILE }[name]?.(task.bytes) ?? '');
    longest[name] = await blocksOfShape(task, name, body);
    process.send?.({ soFar: { [`blocks.${task.bytes / 1e6} MB.longestMs.${name}`]: longest[name] } });
  }
  return { parseMs: parseMs(task.bytes), longestMs: longest };
}

/** The unit of the results: one `JSON.parse` of ordinary records of that size, the median of five, in milliseconds. */
function parseMs(bytes: number): number {
  const text = ORDINARY['ordinary records']?.(bytes) ?? '';
  const measured = Array.from({ length: 5 }, () => {
    const beganMs = threadMs();
    JSON.parse(text);
    return threadMs() - beganMs;
  });
  return Math.round(measured.sort((a, b) => a - b)[2] ?? 0);
}

async function blocksOfShape(task: BlocksTask, shape: string, body: Buffer): Promise<WayBlocks> {
  const app = appFor(task, shape);
  const [webhook] = app.webhooks;
  if (webhook === undefined) throw new Error('measuring blocks: the source that is posted to is off');
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const header = (name: string): string | undefined =>
    ({ 'x-signature': signature, 'content-type': 'application/json' })[name];
  const wake = (connector: string, source: string) =>
    app.deliver({ connector, instance: 'default', source }, lines);
  const ways = {
    take: () => take(app, signBody(body, KEY, WORKSPACE_ID)),
    deliver: () => wake('logs', 'Bench'),
    webhook: () =>
      app.acceptWebhook(webhook, { method: 'POST', query: new URLSearchParams(), header, body }, lines),
    deliverWebhook: () => wake('hostile', 'posts'),
    pull: () => app.pullConnector('hostile', lines),
  };
  const longest: Record<string, number> = {};
  for (const [way, work] of Object.entries(ways)) longest[way] = Math.round((await blocksOf(work)).longestMs);
  return longest as unknown as WayBlocks;
}

/** A new app for each shape, so that none is affected by another's state. */
function appFor({ bytes, collector, hostJsonFile, storage, vendor }: BlocksTask, shape: string): App {
  return createApp({
    env: {
      AzureWebJobsStorage: storage,
      STORAGE_PREFIX: `blocks-${process.pid}-${++apps}`,
      LOGS_INGESTION_ENDPOINT: collector,
      DCR_IMMUTABLE_ID: 'dcr-00000000000000000000000000000001',
      PUSH_KEYS: JSON.stringify({ [WORKSPACE_ID]: [KEY] }),
      HOSTILE_URL: vendor,
      HOSTILE_SHAPE: shape,
      HOSTILE_BYTES: String(bytes),
      HOSTILE_SECRET: SECRET,
    },
    folders: [{ name: 'hostile', load: () => ({ default: hostileConnector() }) }],
    hostJsonFile,
  });
}

async function take(app: App, { body, headers }: Post): Promise<number> {
  const header = (name: string): string => String(headers[name] ?? '');
  const { status } = await app.acceptDataCollector({ method: 'POST', query: QUERY, header, body }, lines);
  return status;
}

/** How long small posts wait for their answer: alone, and while a large one is handled. In milliseconds. */
async function waitBeside(task: BlocksTask): Promise<object> {
  const app = appFor(task, 'ordinary records');
  const small = signedPosts(KEY, WORKSPACE_ID);
  const large = signBody(Buffer.from(ORDINARY['ordinary records']?.(task.bytes) ?? ''), KEY, WORKSPACE_ID);
  const waits = async (until: () => boolean): Promise<readonly number[]> => {
    const measured: number[] = [];
    for (let at = 0; !until(); at++) {
      const beganAt = performance.now();
      await take(app, small[at % small.length] as Post);
      measured.push(performance.now() - beganAt);
    }
    return measured.sort((a, b) => a - b);
  };
  let count = 0;
  const alone = await waits(() => ++count > 50);
  let isTaken = false;
  const taken = take(app, large).finally(() => (isTaken = true));
  const beside = await waits(() => isTaken);
  const status = await taken;
  const middle = (all: readonly number[]): number => Math.round(all[Math.floor(all.length / 2)] ?? 0);
  const longest = (all: readonly number[]): number => Math.round(all.at(-1) ?? 0);
  return {
    status,
    aloneMs: { median: middle(alone), longest: longest(alone) },
    besideMs: { median: middle(beside), longest: longest(beside), posts: beside.length },
  };
}
