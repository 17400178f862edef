import type { Scene } from '../test-environment';
import type { Invocation } from '../child-messages';
import { isForged } from './forged-messages';
import type { Law } from './law';

/** A source wakes itself six times without progress; another message may already be on its way. */
const MAX_WAKE_UPS = 8;
/** A run of a few pages asks for each, once more for what it had read ahead, and again where the vendor fails. */
const MAX_REQUESTS_EACH = 25;

/** What happened since a row came that had not come before, or the platform began something by itself. */
interface Streak {
  /** Messages that were put on a queue by an answer to one that brought nothing: whoever ordered many may wake as many. */
  wakeUps: number;
  requests: number;
  mostWakeUps: number;
  mostRequests: number;
  /** Of {@link Scene.messagesPut}: those that were counted, also by an answer beside this one. */
  countedPut: number;
}

const streaks = new WeakMap<Scene, Streak>();

/** Nothing spins: messages that bring nothing new end by themselves, and so do requests. */
export const progress: Law = {
  name: 'progress',
  says: 'A source that gets no further wakes itself a few times, then waits for its timer.',
  broken(scene) {
    const { mostRequests, mostWakeUps } = streakOf(scene);
    // Each message may come twice, each to begin a run.
    const sources = scene.parts.sources.length * (scene.parts.faults.length > 0 ? 2 : 1);
    const wakeUps = MAX_WAKE_UPS * sources;
    const requests = wakeUps * MAX_REQUESTS_EACH;
    return [
      ...(mostWakeUps > wakeUps
        ? [`${mostWakeUps} wake-ups in a row asked for the next and brought nothing new`]
        : []),
      ...(mostRequests > requests ? [`${mostRequests} requests in a row brought nothing new`] : []),
    ];
  },
};

/** Follows one invocation. @returns what to call when it has ended */
export function followProgress(scene: Scene, invocation: Invocation): () => void {
  const streak = streakOf(scene);
  if (!isWakeUp(scene, invocation)) {
    Object.assign(streak, { wakeUps: 0, requests: 0 });
    return () => undefined;
  }
  const [rows, requests, put] = [scene.chronicle.distinct, scene.vendor.requests.length, scene.messagesPut];
  return () => {
    const isNew = scene.chronicle.distinct > rows;
    streak.wakeUps = isNew
      ? 0
      : streak.wakeUps + Math.max(0, scene.messagesPut - Math.max(put, streak.countedPut));
    streak.countedPut = scene.messagesPut;
    streak.requests = isNew ? 0 : streak.requests + scene.vendor.requests.length - requests;
    streak.mostWakeUps = Math.max(streak.mostWakeUps, streak.wakeUps);
    streak.mostRequests = Math.max(streak.mostRequests, streak.requests);
  };
}

function streakOf(scene: Scene): Streak {
  const begun: Streak = { wakeUps: 0, requests: 0, mostWakeUps: 0, mostRequests: 0, countedPut: 0 };
  const streak = streaks.get(scene) ?? begun;
  streaks.set(scene, streak);
  return streak;
}

/** True for a message of ours; what was made to poison the queue, or forged, is nobody's. */
function isWakeUp({ parts: { subject } }: Scene, invocation: Invocation): boolean {
  if (!('message' in invocation)) return false;
  if (isForged(invocation.message)) return false;
  const { connector } = (invocation.message ?? {}) as { readonly connector?: unknown };
  return connector === subject.connector.name;
}
