import type { TestEnvironment } from '../test-environment';
import type { Invocation } from '../child-messages';
import { isForged } from './forged-messages';
import type { Law } from './law';

/** A source triggers itself six times without progress; another message may already be in the queue. */
const MAX_TRIGGERS = 8;
/** Requests of a run of a few pages, with a prefetched page and retries. */
const MAX_REQUESTS_EACH = 25;

/** What happened since the last new event, or since the platform last invoked something other than a trigger message. */
interface Streak {
  /** Messages enqueued while handling a trigger message that brought nothing new. */
  triggers: number;
  requests: number;
  mostTriggers: number;
  mostRequests: number;
  /** How many of {@link TestEnvironment.enqueuedMessages} are counted already, also by a parallel invocation. */
  countedMessages: number;
}

const streaks = new WeakMap<TestEnvironment, Streak>();

/** Nothing spins: trigger messages and requests that bring nothing new stop. */
export const progress: Law = {
  name: 'progress',
  description: 'A source without progress triggers itself a few times, then waits for its timer.',
  violations(environment) {
    const { mostRequests, mostTriggers } = streakOf(environment);
    // Each message may be delivered twice, and each delivery begins a run.
    const sources = environment.options.sources.length * (environment.options.faults.length > 0 ? 2 : 1);
    const triggers = MAX_TRIGGERS * sources;
    const requests = triggers * MAX_REQUESTS_EACH;
    return [
      ...(mostTriggers > triggers
        ? [`${mostTriggers} trigger messages in a row were followed by another and brought nothing new`]
        : []),
      ...(mostRequests > requests ? [`${mostRequests} requests in a row brought nothing new`] : []),
    ];
  },
};

/** Follows one invocation. @returns what to call when it has ended */
export function followProgress(environment: TestEnvironment, invocation: Invocation): () => void {
  const streak = streakOf(environment);
  if (!isTriggerMessage(environment, invocation)) {
    Object.assign(streak, { triggers: 0, requests: 0 });
    return () => undefined;
  }
  const [events, requests, enqueued] = [
    environment.recorder.distinctEvents,
    environment.vendor.requests.length,
    environment.enqueuedMessages,
  ];
  return () => {
    const isNew = environment.recorder.distinctEvents > events;
    streak.triggers = isNew
      ? 0
      : streak.triggers +
        Math.max(0, environment.enqueuedMessages - Math.max(enqueued, streak.countedMessages));
    streak.countedMessages = environment.enqueuedMessages;
    streak.requests = isNew ? 0 : streak.requests + environment.vendor.requests.length - requests;
    streak.mostTriggers = Math.max(streak.mostTriggers, streak.triggers);
    streak.mostRequests = Math.max(streak.mostRequests, streak.requests);
  };
}

function streakOf(environment: TestEnvironment): Streak {
  const begun: Streak = { triggers: 0, requests: 0, mostTriggers: 0, mostRequests: 0, countedMessages: 0 };
  const streak = streaks.get(environment) ?? begun;
  streaks.set(environment, streak);
  return streak;
}

/** True for a message of one of the case's sources, false for poison and forged messages. */
function isTriggerMessage({ options: { sut } }: TestEnvironment, invocation: Invocation): boolean {
  if (!('message' in invocation)) return false;
  if (isForged(invocation.message)) return false;
  const { connector } = (invocation.message ?? {}) as { readonly connector?: unknown };
  return connector === sut.connector.name;
}
