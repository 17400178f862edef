import { pick } from '../../../local/vendor/random';
import { isObject } from '../../../shared/values/json-path';
import { forgedFrom } from '../../fakes/damaged-json';
import type { Fault } from '../fault';
import type { Scene } from '../test-environment';
import type { Invocation } from '../child-messages';
import type { Law } from './law';

/** How many come in the place of one message. */
const EACH = 4;

const wrongs = new WeakMap<Scene, string[]>();
const forgeries = new WeakSet();

/** A message is a name: one that names nothing that is there creates nothing, changes nothing, and is told. */
export const forged: Law = {
  name: 'forged',
  says: 'A message that names nothing that is there changes nothing that is stored, ends without an error, and is told.',
  broken: (scene) => wrongs.get(scene) ?? [],
};

/** Queues carry no state: what is in the place of a message may say anything. */
export const NONSENSE_MESSAGES: Fault = {
  name: 'nonsense-messages',
  kind: 'messages',
  says: 'Every run has time for one page, and in the place of each message come others that name nothing.',
  env: { AzureFunctionsJobHost__functionTimeout: '00:00:00' },
  arrange: ({ platform }) => void (platform.messages = 'forged'),
};

/** Gives the app some of what somebody could put in the place of a message. */
export async function giveForged(
  scene: Scene,
  message: unknown,
  invocationOf: (message: unknown) => Invocation,
): Promise<void> {
  const all = forgedFrom(message as Readonly<Record<string, string>>);
  for (let given = 0; given < EACH; given++) {
    const one = pick(scene.random, all);
    if (isObject(one)) forgeries.add(one);
    const [before, lines] = [await stored(scene), scene.lines.length];
    const ended = await scene.invoke(invocationOf(one));
    const after = await stored(scene);
    const changed = [...after].filter(([name, version]) => before.get(name) !== version);
    const told = scene.lines.slice(lines).some((line) => line.includes('nothing to go on with'));
    const error = 'error' in ended ? ended.error : undefined;
    // Where storage is away nobody can say whether there is such a source.
    const isAway = error?.name === 'UnavailableError';
    const who = `the message ${JSON.stringify(one)}`;
    const problems = [
      ...changed.map(([name]) => `${who} wrote ${name}`),
      ...(error === undefined || isAway ? [] : [`${who} failed: ${error.message}`]),
      ...(told || error !== undefined ? [] : [`${who} was told by nobody`]),
    ];
    wrongs.set(scene, [...(wrongs.get(scene) ?? []), ...problems]);
  }
}

/** True for a message that was forged: it is nobody's wake-up. */
export function isForged(message: unknown): boolean {
  return typeof message === 'object' && message !== null && forgeries.has(message);
}

/** Everything that is stored: each blob's name and version. */
async function stored({ storage: { container } }: Scene): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, properties } of container.listBlobsFlat()) found.set(name, properties.etag);
  return found;
}
