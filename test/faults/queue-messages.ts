import type { Json } from '../../shared/contract/json';
import { deliverForged } from './laws/forged-messages';
import type { QueueMessage, TestEnvironment } from './test-environment';
import type { Invocation } from './child-messages';
import { BACKFILL_QUEUE, CONTINUE_QUEUE } from '../../shared/admin';

/** After this many messages the queues are taken to refill themselves without end. */
const MAX_MESSAGES = 500;
/** The function that listens to a queue of pulled sources. */
const QUEUES = { [CONTINUE_QUEUE]: 'message', [BACKFILL_QUEUE]: 'worker' } as const;
/** Messages that must not harm the app: not Base64, not JSON, an unknown source. */
const POISON_MESSAGES = [
  'not base64!',
  Buffer.from('{').toString('base64'),
  encodeMessage({ connector: 'nobody', instance: 'x', source: 'y', backfill: 'z' }),
];

function encodeMessage(message: Json): string {
  return Buffer.from(JSON.stringify(message)).toString('base64');
}

/** Delivers a queue message to the app, or loses, repeats, poisons or forges it, as the platform of the case does. */
export async function deliverMessage(
  environment: TestEnvironment,
  text: string,
  invocationOf: (message: unknown) => Invocation,
  killAt?: number,
): Promise<void> {
  const deliver = (each: string, at?: number) => environment.invoke(invocationOf(decode(each)), at);
  const { messages } = environment.platform;
  if (messages === 'lost') return;
  if (messages === 'forged') return deliverForged(environment, decode(text), invocationOf);
  if (messages === 'poisoned') for (const poison of POISON_MESSAGES) await deliver(poison);
  const others = Array.from({ length: messages === 'repeated' ? 1 : 0 }, () => deliver(text));
  await Promise.all([deliver(text, killAt), ...others]);
}

/** As the Functions host passes it to a function: an object if the text is JSON. */
function decode(text: string): unknown {
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  try {
    return JSON.parse(decoded);
  } catch {
    return decoded;
  }
}

/** Delivers the messages for runs and backfill workers, each when it becomes visible, until none is left. @throws Error if the queues never become empty */
export async function deliverMessages(environment: TestEnvironment): Promise<void> {
  for (let messages = 0; messages < MAX_MESSAGES; messages++) {
    const next = nextMessage(environment, Object.keys(QUEUES));
    if (next === undefined) return;
    await environment.advance(Math.max(0, next.visibleAtMs - environment.now().getTime()));
    const kind = QUEUES[next.queue as keyof typeof QUEUES];
    await deliverMessage(environment, takeMessage(environment, next), (message) => ({ kind, message }));
  }
  throw new Error(`the queues were not empty after ${MAX_MESSAGES} messages`);
}

/** The message in some queues that becomes visible first. */
export function nextMessage(
  { messages }: TestEnvironment,
  queues: readonly string[],
): QueueMessage | undefined {
  return messages
    .filter(({ queue }) => queues.includes(queue))
    .reduce<QueueMessage | undefined>(
      (first, one) => (first === undefined || one.visibleAtMs < first.visibleAtMs ? one : first),
      undefined,
    );
}

/** Removes a message from its queue. @returns its text */
export function takeMessage({ messages }: TestEnvironment, message: QueueMessage): string {
  messages.splice(messages.indexOf(message), 1);
  return message.text;
}
