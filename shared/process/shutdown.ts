import type { Clock, ShutdownSignals } from '../contract/run';

/**
 * How long a run may finish its current page, and how long an aborted run may release its lease. Together less than the
 * five seconds that the Functions worker grants its `appTerminate` hooks.
 * @see https://github.com/Azure/azure-functions-nodejs-worker
 */
const FINISH_MS = 2_500;
const CUT_MS = 1_500;

/** The active runs of this process, which end before it does. */
export interface ActiveRuns {
  /** Starts a run with the signals of a shutdown. */
  begin<T>(run: (shutdown: ShutdownSignals) => Promise<T>): Promise<T>;
  /** Asks every run to end, aborts the remaining ones after 2.5 s, and resolves when all have ended, after 4 s at most. */
  end(): Promise<void>;
}

/** Keeps track of the runs of one process. */
export function trackRuns(clock: Clock): ActiveRuns {
  const soon = new AbortController();
  // Each run has its own signal: a shared one would outlive the runs and keep references to all their requests.
  const active = new Map<AbortController, Promise<unknown>>();
  const idleWithin = async (ms: number): Promise<void> => {
    const waiting = new AbortController();
    const limit = clock.sleep(ms, waiting.signal).catch(() => undefined);
    await Promise.race([Promise.allSettled(active.values()), limit]);
    waiting.abort();
  };
  return {
    async begin(run) {
      const cut = new AbortController();
      const running = run({ soon: soon.signal, now: cut.signal });
      active.set(cut, running);
      try {
        return await running;
      } finally {
        active.delete(cut);
      }
    },
    async end() {
      soon.abort(new Error('the process ends'));
      await idleWithin(FINISH_MS);
      for (const cut of active.keys()) cut.abort(new Error('the process ends'));
      await idleWithin(CUT_MS);
    },
  };
}
