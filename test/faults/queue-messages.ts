import type { Json } from '../../shared/contract/json';
import { giveForged } from './laws/forged-messages';
import type { Message, Scene } from './test-environment';
import type { Invocation } from './child-messages';
import { BACKFILL_QUEUE, CONTINUE_QUEUE } from '../../shared/admin';

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
  if (messages === 'forged') return giveForged(scene, decode(text), invocationOf);
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

/** Delivers what asks for runs and for workers, each when it may be seen, until nothing does. @throws Error when the queues fill themselves */
export async function deliverMessages(scene: Scene): Promise<void> {
  for (let messages = 0; messages < MAX_MESSAGES; messages++) {
    const next = nextOf(scene, Object.keys(QUEUES));
    if (next === undefined) return;
    await scene.pass(Math.max(0, next.dueAt - scene.now().getTime()));
    const kind = QUEUES[next.queue as keyof typeof QUEUES];
    await handOver(scene, take(scene, next), (message) => ({ kind, message }));
  }
  throw new Error(`the queues were not empty after ${MAX_MESSAGES} messages`);
}

/** The message of some queues that may be seen first. */
export function nextOf({ messages }: Scene, queues: readonly string[]): Message | undefined {
  return messages
    .filter(({ queue }) => queues.includes(queue))
    .reduce<Message | undefined>(
      (first, one) => (first === undefined || one.dueAt < first.dueAt ? one : first),
      undefined,
    );
}

/** A message as the platform takes it from its queue: it is not seen again. @returns its text */
export function take({ messages }: Scene, message: Message): string {
  messages.splice(messages.indexOf(message), 1);
  return message.text;
}
