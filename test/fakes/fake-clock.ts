import type { Clock } from '../../shared/contract/run';

/** A clock that only advances by sleeps, which end at once. Alarms ring when it passes them. */
export interface FakeClock extends Clock {
  /** The length of each sleep in milliseconds. */
  readonly waits: readonly number[];
  advance(ms: number): void;
}

/** @param start its initial time @param random its fixed random number, so that a full jitter is a known share */
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
