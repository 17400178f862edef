import { BACKFILL_QUEUE, CONTINUE_QUEUE } from '../shared/app';
import type { Json } from '../shared/contract/json';
import type { Scene } from './scene';
import type { Invocation } from './task';

/** Messages of all queues after which they fill themselves. */
const MAX_MESSAGES = 500;
/** Which function listens to a queue of what is pulled. */
const QUEUES = { [CONTINUE_QUEUE]: 'message', [BACKFILL_QUEUE]: 'worker' } as const;
/** What no app should choke on: no text of ours, no JSON, a source that is not there. */
const POISON = [
  'not base64!',
  Buffer.from('{').toString('base64'),
  poisonOf({ connector: 'nobody', instance: 'x', source: 'y', backfill: 'z' }),
];

function poisonOf(message: Json): string {
  return Buffer.from(JSON.stringify(message)).toString('base64');
}

/** Gives a message of a queue to the app, as the platform of the scene does: or loses, repeats or damages it. */
export async function handOver(
  scene: Scene,
  text: string,
  invocationOf: (message: unknown) => Invocation,
  killAt?: number,
): Promise<void> {
  const give = (each: string, at?: number) => scene.invoke(invocationOf(decode(each)), at);
  const { messages } = scene.platform;
  if (messages === 'lost') return;
  if (messages === 'poisoned') for (const poison of POISON) await give(poison);
  const others = Array.from({ length: messages === 'repeated' ? 1 : 0 }, () => give(text));
  await Promise.all([give(text, killAt), ...others]);
}

/** As the Functions host hands it over: an object where the text is JSON. */
function decode(text: string): unknown {
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  try {
    return JSON.parse(decoded);
  } catch {
    return decoded;
  }
}

/** Delivers what asks for runs and for workers, until nothing does. @throws Error when the queues fill themselves */
export async function deliverMessages(scene: Scene): Promise<void> {
  for (let messages = 0; messages < MAX_MESSAGES; messages++) {
    const taken = await takeAny(scene);
    if (taken === undefined) return;
    await handOver(scene, taken.text, (message) => ({ kind: taken.kind, message }));
  }
  throw new Error(`the queues were not empty after ${MAX_MESSAGES} messages`);
}

async function takeAny(
  scene: Scene,
): Promise<{ readonly kind: 'message' | 'worker'; readonly text: string } | undefined> {
  for (const [queue, kind] of Object.entries(QUEUES)) {
    const text = await takeMessage(scene, queue);
    if (text !== undefined) return { kind, text };
  }
  return undefined;
}

/** One message as the platform takes it from a queue: it is not seen again. */
export async function takeMessage({ messages, storage }: Scene, name: string): Promise<string | undefined> {
  const at = messages.findIndex((put) => put.queue === name);
  if (at < 0) return undefined;
  const queue = storage.queue(name);
  try {
    const [message] = (await queue.receiveMessages({ visibilityTimeout: 3_600 })).receivedMessageItems;
    if (message === undefined) return undefined;
    await queue.deleteMessage(message.messageId, message.popReceipt);
    messages.splice(at, 1);
    return message.messageText;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}
