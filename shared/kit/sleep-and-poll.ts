import type { PullContext } from '../contract/connector';
import { UnavailableError } from '../contract/errors';
import type { Clock } from '../contract/run';
import { boundedWait } from '../values/wait-bound';

/** The bounds of the waits of one run. */
export interface WaitBounds {
  readonly clock: Clock;
  readonly deadline: Date;
  readonly signal: AbortSignal;
}

/**
 * `sleep`, `poll` and `repeat` of a pull. A wait lasts an hour at most and ends with the run's signal. One that would outlast the run
 * throws an UnavailableError with `resumeAt` at once, and so does a poll beyond its limit, without one.
 */
export function sleepAndPoll({
  clock,
  deadline,
  signal,
}: WaitBounds): Pick<PullContext, 'sleep' | 'poll' | 'repeat'> {
  const sleep = async (askedMs: number): Promise<void> => {
    const ms = boundedWait(askedMs);
    const end = new Date(clock.now().getTime() + ms);
    if (end > deadline) {
      throw new UnavailableError(
        `waiting ${seconds(ms)} s: the run ends before that. The next run goes on from the last checkpoint.`,
        { resumeAt: end },
      );
    }
    await clock.sleep(ms, signal);
  };
  return {
    sleep,
    repeat(everyMs, work) {
      let isOver = false;
      let calling = Promise.resolve();
      const next = (): (() => void) => clock.alarm(everyMs, ring);
      const ring = (): void => {
        if (signal.aborted) return;
        calling = work().then(
          () => undefined,
          () => undefined,
        );
        void calling.then(() => {
          if (!isOver) cancel = next();
        });
      };
      let cancel = next();
      return () => {
        isOver = true;
        cancel();
        return calling;
      };
    },
    async poll(ask, { everyMs, limitMs = Number.POSITIVE_INFINITY }) {
      const begunMs = clock.now().getTime();
      for (;;) {
        signal.throwIfAborted();
        const answer = await ask();
        if (answer !== undefined) return answer;
        if (clock.now().getTime() + everyMs - begunMs > limitMs) {
          throw new UnavailableError(
            `waiting for what the vendor prepares: it was not done after ${seconds(limitMs)} s. The next run asks again.`,
          );
        }
        await sleep(everyMs);
      }
    },
  };
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
