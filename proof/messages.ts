import type { Json } from '../shared/contract/json';
import type { Scene } from './scene';
import type { Invocation } from './task';

/** What no app should choke on: no text of ours, no JSON, a source that is not there. */
const POISON = [
  'not base64!',
  Buffer.from('{').toString('base64'),
  poisonOf({ connector: 'nobody', instance: 'x', source: 'y' }),
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
