import * as z from 'zod/mini';
import type { PushKey } from '../contract/push';
import { toIso } from '../values/time';
import { isUnresolved, unresolvedProblem } from './unresolved-references';
import type { Environment } from './environment';

/** The parsed keys of `PUSH_KEYS`. */
export interface PushKeys {
  /** By workspace id in lower case. */
  readonly keys: ReadonlyMap<string, readonly PushKey[]>;
  /** One sentence for each problem. Valid keys are used all the same. */
  readonly problems: readonly string[];
  /** The problems of a workspace's keys. A sender whom no valid key verifies may hold an invalid one. */
  readonly problemOf: (workspaceId: string) => string | undefined;
  /** The keys as Base64 text, so that they can be masked. */
  readonly secrets: readonly string[];
}

const FORM = '{"<workspace id>":[{"name":"siem-1","key":"<Base64>"}]}';

/**
 * Reads `PUSH_KEYS`: workspace id → its keys, each Base64 text or `{name, key, logTypes?, expires?, bodySignature?}`. Several
 * keys allow rotation. Never throws: see `problems`.
 */
export function readPushKeys(env: Environment): PushKeys {
  const text = env['PUSH_KEYS']?.trim() ?? '';
  const ofAll: string[] = [];
  const wrong = new Map<string, string[]>();
  const secrets: string[] = [];
  const keys = new Map<string, PushKey[]>();
  for (const [workspaceId, list] of Object.entries(text === '' ? {} : readObject(text, ofAll))) {
    const id = workspaceId.toLowerCase();
    const read = readKeys(workspaceId, list);
    const sound = read.flatMap((one) => (typeof one === 'string' ? [] : [one]));
    const problems = read.filter((one) => typeof one === 'string');
    secrets.push(...sound.map(({ text: one }) => one));
    keys.set(id, [...(keys.get(id) ?? []), ...sound.map(({ key }) => key)]);
    if (problems.length > 0) wrong.set(id, [...(wrong.get(id) ?? []), ...problems]);
  }
  return {
    keys,
    problems: [...ofAll, ...[...wrong.values()].flat()],
    problemOf: (workspaceId) => [...ofAll, ...(wrong.get(workspaceId) ?? [])].join(' ') || undefined,
    secrets,
  };
}

/** The keys of a workspace, with a sentence in place of each invalid one. */
function readKeys(workspaceId: string, list: unknown): ReturnType<typeof readKey>[] {
  const entries = z.array(z.unknown()).safeParse(list).data ?? [];
  if (entries.length === 0)
    return [`PUSH_KEYS: the keys of ${workspaceId} are not a list of keys. Write ${FORM}.`];
  return entries.map((entry, index) =>
    readKey(entry, `key-${index + 1}`, `PUSH_KEYS: key ${index + 1} of ${workspaceId}`),
  );
}

function readObject(text: string, problems: string[]): Readonly<Record<string, unknown>> {
  if (isUnresolved(text)) {
    problems.push(unresolvedProblem('PUSH_KEYS', text));
    return {};
  }
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    // The parser's own message may quote a key.
    problems.push(`PUSH_KEYS is not a JSON object. Write ${FORM}.`);
    return {};
  }
}

const NO_KEY = `key is missing. Write ${FORM}.`;
const NAME = 'name is not at most 60 letters, digits and . _ @ -.';
const LOG_TYPES = 'logTypes is not a list of Log-Types.';
const EXPIRES = 'expires is not a time. Write a time such as 2027-01-31T00:00:00Z.';

/** A key and its limits. Messages never contain the key. */
const KEY = z.object(
  {
    key: z.string(NO_KEY),
    name: z.exactOptional(z.string(NAME).check(z.regex(/^[\w.@ -]{1,60}$/, NAME))),
    logTypes: z.exactOptional(z.array(z.string(LOG_TYPES), LOG_TYPES)),
    expires: z.exactOptional(
      z
        .union([z.string(), z.number()], EXPIRES)
        .check(z.refine((time) => toIso(time) !== undefined, EXPIRES)),
    ),
    bodySignature: z.exactOptional(
      z.literal('required', 'bodySignature is neither "required" nor left out.'),
    ),
  },
  NO_KEY,
);

/** A key with its Base64 text, or the sentence for an invalid one, which never contains the key. */
function readKey(
  entry: unknown,
  defaultName: string,
  who: string,
): { readonly key: PushKey; readonly text: string } | string {
  const read = KEY.safeParse(typeof entry === 'string' ? { key: entry } : entry);
  if (!read.success) return `${who}: ${read.error.issues[0]?.message ?? ''}`;
  const { expires, key, name = defaultName, ...limits } = read.data;
  if (isUnresolved(key)) return unresolvedProblem(who, key);
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length === 0 || unpadded(bytes.toString('base64')) !== unpadded(key.trim()))
    return `${who} is not Base64. "openssl rand -base64 64" makes one.`;
  const until = toIso(expires);
  return {
    text: key.trim(),
    key: { name, key: bytes, ...limits, ...(until === undefined ? {} : { expires: new Date(until) }) },
  };
}

function unpadded(base64: string): string {
  return base64.replace(/={1,2}$/, '');
}
