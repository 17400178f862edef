import type { Clock } from '../../shared/contract/run';

/** A clock that stands still but for its sleeps, which pass at once. Its alarms ring as it passes them. */
export interface FakeClock extends Clock {
  /** How long each sleep was, in milliseconds. */
  readonly waits: readonly number[];
  advance(ms: number): void;
}

/** Begins at `start`; its random number is `random`, so that a full jitter is a known share. */
export function fakeClock(start = '2026-11-21T12:00:00.000Z', random = 0.5): FakeClock {
  const waits: number[] = [];
  let at = Date.parse(start);
  const alarms = new Set<{ readonly dueMs: number; readonly ring: () => void }>();
  const advance = (ms: number): void => {
    at += ms;
    for (const alarm of [...alarms]) if (alarm.dueMs <= at && alarms.delete(alarm)) alarm.ring();
  };
  return {
    waits,
    advance,
    now: () => new Date(at),
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      waits.push(ms);
      advance(ms);
    },
    alarm(ms, ring) {
      const alarm = { dueMs: at + ms, ring };
      alarms.add(alarm);
      return () => void alarms.delete(alarm);
    },
    random: () => random,
  };
}
