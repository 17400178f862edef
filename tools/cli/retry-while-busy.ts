import { setTimeout as wait } from 'node:timers/promises';

/** How long to wait for another run's lease: slightly longer than the 60 s after which an abandoned one expires. */
const BUSY_LIMIT_MS = 75_000;
const BUSY_WAIT_MS = 2_500;

/** Retries while a source is busy, until an abandoned lease has expired. @returns the last answer, busy or not */
export async function retryWhileBusy<T>(
  attempt: () => Promise<T>,
  isBusy: (answer: T) => boolean,
  sleep: (ms: number) => Promise<unknown> = wait,
): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += BUSY_WAIT_MS) {
    const answer = await attempt();
    if (!isBusy(answer) || waitedMs >= BUSY_LIMIT_MS) return answer;
    await sleep(BUSY_WAIT_MS);
  }
}
