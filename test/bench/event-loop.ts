import { readFileSync } from 'node:fs';

/** How a piece of work blocked the event loop of its process. */
export interface Blocks {
  /** The longest time without a turn for anything else, in milliseconds. */
  readonly longestMs: number;
  /** The total time, in milliseconds. */
  readonly ms: number;
}

/**
 * Runs work and measures the longest turn of the event loop meanwhile. On Linux it is processor time of this thread, so that
 * other programs do not count.
 */
export async function blocksOf(work: () => Promise<unknown>): Promise<Blocks> {
  const nowMs = threadMs();
  let [lastMs, longestMs, isDone] = [nowMs, 0, false];
  const look = (): void => {
    const atMs = threadMs();
    longestMs = Math.max(longestMs, atMs - lastMs);
    lastMs = atMs;
    if (!isDone) setImmediate(look);
  };
  setImmediate(look);
  await work();
  isDone = true;
  look();
  return { longestMs, ms: lastMs - nowMs };
}

/** Processor time of the event loop's thread in milliseconds, on Linux; elsewhere real time. */
export function threadMs(): number {
  try {
    const [ns = ''] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
    return Number(ns) / 1e6;
  } catch {
    return performance.now();
  }
}
