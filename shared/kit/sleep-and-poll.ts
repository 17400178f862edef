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

/** The waits of a pull. None is longer than an hour; they end with the run's signal; a wait that would outlast the run is refused. */
export function waitingOf({ clock, deadline, signal }: WaitBounds): Pick<PullContext, 'sleep' | 'poll'> {
  const sleep = async (askedMs: number): Promise<void> => {
    const ms = boundedWait(askedMs);
    const end = new Date(clock.now().getTime() + ms);
    if (end > deadline) {
      throw new UnavailableError(
        `waiting ${seconds(ms)} s: the time of the run ends before. The next run goes on from the last checkpoint.`,
        { resumeAt: end },
      );
    }
    await clock.sleep(ms, signal);
  };
  return {
    sleep,
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
