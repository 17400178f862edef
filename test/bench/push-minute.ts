import { setTimeout as wait } from 'node:timers/promises';
import { createApp } from '../../shared/app';
import type { Sample } from './flatness';
import { signedPosts, type Post } from './push-posts';
import type { LogLines } from '../../shared/admin';

/* Pushes and delivers as fast as one process can for a given time, then delivers the rest. */

/** The input of {@link pushFor}. */
export interface MinuteTask {
  readonly storage: string;
  readonly collector: string;
  readonly dcrImmutableId: string;
  readonly seconds: number;
  readonly atOnce: number;
  readonly workspaceId: string;
  readonly key: string;
  readonly hostJsonFile: string;
}

/** The result. */
export interface Minute {
  /** Posts that were answered with 200, and those that were answered with 503. */
  readonly posts: number;
  readonly refused: number;
  /** Records in posts that were answered with 200. */
  readonly records: number;
  readonly ledger: { readonly stored: number; readonly delivered: number; readonly pending: number };
  /** The duration of the pushes. */
  readonly samples: readonly Sample[];
  readonly seconds: number;
  /** The time until everything was delivered. */
  readonly drainedSeconds: number;
}

const SAMPLES = 16;
const ID = { connector: 'logs', instance: 'default', source: 'Bench' };
const RECORDS = 100;
/** How long a client waits after a 503. */
const BACK_AFTER_MS = 200;

/** @param collect forces a garbage collection @throws Error for an answer other than 200 and 503 */
export async function pushFor(task: MinuteTask, collect: () => void): Promise<Minute> {
  const { atOnce, collector, dcrImmutableId, hostJsonFile, key, storage, workspaceId } = task;
  const env = {
    AzureWebJobsStorage: storage,
    LOGS_INGESTION_ENDPOINT: collector,
    DCR_IMMUTABLE_ID: dcrImmutableId,
    PUSH_KEYS: JSON.stringify({ [workspaceId]: [key] }),
  };
  const app = createApp({ env, folders: [], hostJsonFile });
  const lines: LogLines = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const pool = signedPosts(key, workspaceId);
  const query = new URLSearchParams('api-version=2016-04-01');
  const startedAt = performance.now();
  const secondsSince = (): number => (performance.now() - startedAt) / 1_000;
  let [next, posts, refused, isPushing] = [0, 0, 0, true];
  const push = async (): Promise<void> => {
    while (secondsSince() < task.seconds) {
      const { body, headers } = pool[next++ % pool.length] as Post;
      const header = (name: string): string => String(headers[name] ?? '');
      const { status } = await app.acceptDataCollector({ method: 'POST', query, header, body }, lines);
      if (status === 200) posts++;
      else if (status !== 503) throw new Error(`pushing: a post was answered ${status}`);
      else {
        refused++;
        await wait(BACK_AFTER_MS);
      }
    }
  };
  const ledgerOf = async () => (await app.spool()).find(({ source }) => source === ID.source)?.ledger;
  const isLeft = async (): Promise<boolean> => ((await ledgerOf())?.pending ?? 0) > 0;
  const deliver = async (): Promise<void> => {
    while (isPushing || (await isLeft())) await app.deliver(ID, lines);
  };
  const samples: Sample[] = [];
  const sample = async (): Promise<void> => {
    for (let at = 1; at <= SAMPLES; at++) {
      await wait(Math.max(0, (at * task.seconds * 1_000) / SAMPLES - secondsSince() * 1_000));
      collect();
      const { external, heapUsed } = process.memoryUsage();
      const handles = process.getActiveResourcesInfo().length;
      samples.push({ hour: secondsSince() / 3_600, heapBytes: heapUsed + external, handles, blobs: 0 });
    }
  };
  const delivering = deliver();
  await Promise.all([sample(), ...Array.from({ length: atOnce }, push)]);
  const seconds = secondsSince();
  isPushing = false;
  await delivering;
  const { delivered = 0, pending = 0, stored = 0 } = (await ledgerOf()) ?? {};
  return {
    posts,
    refused,
    records: posts * RECORDS,
    ledger: { stored, delivered, pending },
    samples,
    seconds,
    drainedSeconds: secondsSince() - seconds,
  };
}
