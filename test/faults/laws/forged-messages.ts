import { pick } from '../../../local/vendor/random';
import { isObject } from '../../../shared/values/json-path';
import { forgedMessagesFrom } from '../../fakes/damaged-json';
import type { Fault } from '../fault';
import type { TestEnvironment } from '../test-environment';
import type { Invocation } from '../child-messages';
import type { Law } from './law';

/** How many forged messages replace one message. */
const FORGED_EACH = 4;

const violations = new WeakMap<TestEnvironment, string[]>();
const forgeries = new WeakSet();

/** Messages only name a source. */
export const forgedMessages: Law = {
  name: 'forged-messages',
  description:
    'A message that names an unknown source changes no stored state, ends without an error, and is logged.',
  violations: (environment) => violations.get(environment) ?? [],
};

/** Replaces messages by ones that anybody with access to the queue could write. */
export const FORGED_MESSAGES: Fault = {
  name: 'nonsense-messages',
  kind: 'messages',
  description:
    'Every run has time for one page, and each message is replaced by others that name unknown sources.',
  env: { AzureFunctionsJobHost__functionTimeout: '00:00:00' },
  onePage: true,
  arrange: ({ platform }) => void (platform.messages = 'forged'),
};

/** Delivers forged messages in place of one message. */
export async function deliverForged(
  environment: TestEnvironment,
  message: unknown,
  invocationOf: (message: unknown) => Invocation,
): Promise<void> {
  const all = forgedMessagesFrom(message as Readonly<Record<string, string>>);
  for (let count = 0; count < FORGED_EACH; count++) {
    const one = pick(environment.random, all);
    if (isObject(one)) forgeries.add(one);
    const [before, lines] = [await stored(environment), environment.logLines.length];
    const result = await environment.invoke(invocationOf(one));
    const after = await stored(environment);
    const changed = [...after].filter(([name, version]) => before.get(name) !== version);
    const isLogged = environment.logLines
      .slice(lines)
      .some((line) => line.includes('trigger message dropped'));
    const error = 'error' in result ? result.error : undefined;
    // Without storage the app cannot know whether the source exists.
    const isUnavailable = error?.name === 'UnavailableError';
    const what = `the message ${JSON.stringify(one)}`;
    const problems = [
      ...changed.map(([name]) => `${what} wrote ${name}`),
      ...(error === undefined || isUnavailable ? [] : [`${what} failed: ${error.message}`]),
      ...(isLogged || error !== undefined ? [] : [`${what} was not logged`]),
    ];
    violations.set(environment, [...(violations.get(environment) ?? []), ...problems]);
  }
}

/** True for a forged message: it is not a trigger message of a source. */
export function isForged(message: unknown): boolean {
  return typeof message === 'object' && message !== null && forgeries.has(message);
}

/** The ETag of each blob, by name. */
async function stored({ storage: { container } }: TestEnvironment): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, properties } of container.listBlobsFlat()) found.set(name, properties.etag);
  return found;
}
