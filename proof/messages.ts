import { BACKFILL_QUEUE, CONTINUE_QUEUE } from '../shared/app';
import type { Json } from '../shared/contract/json';
import type { Scene } from './scene';
import type { Invocation } from './task';

/** Messages of all queues after which they fill themselves. */
const MAX_MESSAGES = 500;
/** What no app should choke on: no text of ours, no JSON, a source that is not there. */
const POISON = [
  'not base64!',
  Buffer.from('{').toString('base64'),
  poisonOf({ connector: 'nobody', instance: 'x', source: 'y', backfill: 'z' }),
];

/** Which function listens to a queue. */
const QUEUES = { [CONTINUE_QUEUE]: 'message', [BACKFILL_QUEUE]: 'worker' } as const;

function poisonOf(message: Json): string {
  return Buffer.from(JSON.stringify(message)).toString('base64');
}

/** Delivers messages as the platform does, until no queue has any. @throws Error when they fill themselves */
export async function deliverMessages(scene: Scene): Promise<void> {
  for (let messages = 0; messages < MAX_MESSAGES; messages++) {
    const taken = await takeAny(scene);
    if (taken === undefined) return;
    await deliver(scene, taken);
  }
  throw new Error(`the queues were not empty after ${MAX_MESSAGES} messages`);
}

interface Taken {
  readonly kind: (typeof QUEUES)[keyof typeof QUEUES];
  readonly text: string;
}

async function takeAny(scene: Scene): Promise<Taken | undefined> {
  for (const [queue, kind] of Object.entries(QUEUES)) {
    const text = await takeMessage(scene, queue);
    if (text !== undefined) return { kind, text };
  }
  return undefined;
}

/** One message as the platform takes it from a queue: it is not seen again. */
export async function takeMessage({ storage }: Scene, name: string): Promise<string | undefined> {
  const queue = storage.queue(name);
  try {
    const [message] = (await queue.receiveMessages({ visibilityTimeout: 3_600 })).receivedMessageItems;
    if (message === undefined) return undefined;
    await queue.deleteMessage(message.messageId, message.popReceipt);
    return message.messageText;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

async function deliver(scene: Scene, { kind, text }: Taken): Promise<void> {
  const one = (each: string) => scene.invoke({ kind, message: decode(each) } satisfies Invocation);
  const { messages } = scene.platform;
  if (messages === 'lost') return;
  if (messages === 'poisoned') for (const poison of POISON) await one(poison);
  await Promise.all(Array.from({ length: messages === 'repeated' ? 2 : 1 }, () => one(text)));
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
