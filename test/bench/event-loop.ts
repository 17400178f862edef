import { readFileSync } from 'node:fs';

/** What work did to the event loop of its process. */
export interface Blocks {
  /** The longest time for which nothing else had its turn, in milliseconds. */
  readonly longestMs: number;
  /** All of it, in milliseconds. */
  readonly ms: number;
}

/**
 * Does work and looks at the event loop meanwhile: how long the longest turn of it was. Where the system tells it, in
 * the processor's time of this thread, so that other programs do not count.
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

/** The processor's time of the thread that runs the event loop, in milliseconds; of Linux alone, else the time. */
export function threadMs(): number {
  try {
    const [ns = ''] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
    return Number(ns) / 1e6;
  } catch {
    return performance.now();
  }
}
