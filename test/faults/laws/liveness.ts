import { CLOCKS_APART_MS, LONGEST_WAIT_MS } from '../../../shared/values/wait-bound';
import type { Scene } from '../test-environment';
import type { Law } from './law';

/** By then everything acknowledged is delivered, after the last fault and after what a peer asked to wait. */
const LIMIT_MS = 90_000;
/** No peer's wait is longer, by the clock that it was begun by, which may have been ahead. */
const MAX_WAIT_MS = LONGEST_WAIT_MS + CLOCKS_APART_MS;
/** When the timer that looks for what nobody wakes runs: `functions/deliver-sweep.ts`. */
const TICK = { everyMs: 60_000, atMs: 10_000 };

/** What a journey tells of itself, for its scene to be left alone. */
export interface LeftAlone {
  /** Hands over what is due. */
  readonly handOver: () => Promise<void>;
  /** How much of what was acknowledged is not delivered. */
  readonly left: () => Promise<number>;
  /** When the longest wait is over that a peer asked for or that was begun; 0 where there is none. */
  readonly waitsUntilMs: () => Promise<number>;
}

const wrongs = new WeakMap<Scene, readonly string[]>();

/** Nothing stands still: leases end by themselves, waits are waited, and nobody sweeps by hand. */
export const liveness: Law = {
  name: 'liveness',
  says: 'After the last fault everything acknowledged is delivered within 90 s of the app’s own clock.',
  broken: (scene) => wrongs.get(scene) ?? [],
};

/** Lets time pass behind the last fault, with what the platform does by itself and nothing else. */
export async function leaveAlone(scene: Scene, { handOver, left, waitsUntilMs }: LeftAlone): Promise<void> {
  const calmMs = scene.now().getTime();
  const waitMs = Math.max(0, (await waitsUntilMs()) - calmMs);
  const limitMs = calmMs + Math.min(waitMs, MAX_WAIT_MS) + LIMIT_MS;
  const problems = waitMs > MAX_WAIT_MS ? [`it waits for ${Math.round(waitMs / 60_000)} minutes`] : [];
  for (;;) {
    await handOver();
    if ((await left()) === 0) break;
    const nowMs = scene.now().getTime();
    const nextMs = Math.min(
      nextTick(nowMs),
      ...scene.messages.map(({ dueAt }) => Math.max(dueAt, nowMs + 1)),
    );
    if (nextMs > limitMs) {
      const seconds = Math.round((limitMs - calmMs) / 1_000);
      problems.push(`${await left()} stored bodies were not delivered ${seconds} s after the last fault`);
      break;
    }
    await scene.pass(nextMs - nowMs);
    if (nextMs === nextTick(nowMs)) await scene.invoke({ kind: 'deliver-sweep' });
  }
  wrongs.set(scene, problems);
}

function nextTick(nowMs: number): number {
  const into = (nowMs - TICK.atMs) % TICK.everyMs;
  return nowMs - into + TICK.everyMs;
}
