import { setTimeout as delay } from 'node:timers/promises';

/**
 * The longest single timer. Node's timers are limited to 24.8 days and do not advance while a laptop sleeps, so a long wait
 * consists of short ones that check the clock.
 */
const MAX_STEP_MS = 60_000;

/** Resolves after `ms`, or as soon as the signal aborts. Never rejects. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/** Resolves when the clock has reached `time`, however distant, or as soon as the signal aborts. */
export async function waitUntil(
  time: Date,
  now: () => Date,
  signal: AbortSignal,
  step = wait,
): Promise<void> {
  for (;;) {
    const leftMs = time.getTime() - now().getTime();
    if (leftMs <= 0 || signal.aborted) return;
    await step(Math.min(leftMs, MAX_STEP_MS), signal);
  }
}
