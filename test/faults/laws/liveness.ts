import { CLOCKS_APART_MS, LONGEST_WAIT_MS } from '../../../shared/values/wait-bound';
import type { TestEnvironment } from '../test-environment';
import type { Law } from './law';

/** Everything acknowledged must be delivered this long after the last fault and after the wait that a peer asked for. */
const LIMIT_MS = 90_000;
/** The longest wait for a peer, plus the difference of the clock that it began by. */
const MAX_WAIT_MS = LONGEST_WAIT_MS + CLOCKS_APART_MS;
/** The schedule of `functions/deliver-sweep.ts`: at second 10 of each minute. */
const TICK = { everyMs: 60_000, atMs: 10_000 };

/** What {@link waitForDelivery} needs from a scenario. */
export interface WaitOptions {
  /** Delivers the visible messages. */
  readonly deliverDue: () => Promise<void>;
  /** How many acknowledged bodies are not delivered. */
  readonly countPending: () => Promise<number>;
  /** When the longest wait ends, in milliseconds since 1970; 0 if there is none. */
  readonly blockedUntilMs: () => Promise<number>;
}

const violations = new WeakMap<TestEnvironment, readonly string[]>();

/** Nothing stands still: leases expire, waits end, and no manual sweep is needed. */
export const liveness: Law = {
  name: 'liveness',
  description:
    'After the last fault everything acknowledged is delivered within 90 s of the app’s own clock.',
  violations: (environment) => violations.get(environment) ?? [],
};

/** Lets time pass after the last fault, with nothing but what the platform does by itself. */
export async function waitForDelivery(
  environment: TestEnvironment,
  { blockedUntilMs, countPending, deliverDue }: WaitOptions,
): Promise<void> {
  const faultsEndMs = environment.now().getTime();
  const waitMs = Math.max(0, (await blockedUntilMs()) - faultsEndMs);
  const limitMs = faultsEndMs + Math.min(waitMs, MAX_WAIT_MS) + LIMIT_MS;
  const problems = waitMs > MAX_WAIT_MS ? [`it waits for ${Math.round(waitMs / 60_000)} minutes`] : [];
  for (;;) {
    await deliverDue();
    if ((await countPending()) === 0) break;
    const nowMs = environment.now().getTime();
    const nextMs = Math.min(
      nextTick(nowMs),
      ...environment.messages.map(({ visibleAtMs }) => Math.max(visibleAtMs, nowMs + 1)),
    );
    if (nextMs > limitMs) {
      const seconds = Math.round((limitMs - faultsEndMs) / 1_000);
      problems.push(
        `${await countPending()} stored bodies were not delivered ${seconds} s after the last fault`,
      );
      break;
    }
    await environment.advance(nextMs - nowMs);
    if (nextMs === nextTick(nowMs)) await environment.invoke({ kind: 'deliver-sweep' });
  }
  violations.set(environment, problems);
}

function nextTick(nowMs: number): number {
  const into = (nowMs - TICK.atMs) % TICK.everyMs;
  return nowMs - into + TICK.everyMs;
}
