import type { Json } from '../contract/json';
import type { PushKey } from '../contract/push';
import { isObject } from '../values/paths';
import { toIso } from '../values/time';
import { isUnresolved, unresolvedProblem } from './key-vault';
import type { Environment } from './environment';

/** What `PUSH_KEYS` says. */
export interface PushKeys {
  /** By workspace id in lower case. */
  readonly keys: ReadonlyMap<string, readonly PushKey[]>;
  /** A sentence for each thing that is wrong with it; the keys that are sound are taken all the same. */
  readonly problems: readonly string[];
  /** What is wrong with the keys of one workspace, or with all of them: whom none of the sound keys knows may have a right one. */
  readonly problemOf: (workspaceId: string) => string | undefined;
  /** Base64, as they are written: for what no line may hold. */
  readonly secrets: readonly string[];
}

const FORM = '{"<workspace id>":[{"name":"siem-1","key":"<Base64>"}]}';

/**
 * Reads `PUSH_KEYS`: workspace id → the keys that sign for it, each Base64 text alone or
 * `{name, key, logTypes?, expires?, bodySignature?}`; several at once, so that one can be replaced. Never throws: what is wrong is told
 * by whoever uses it.
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

/** The keys of a workspace; in place of each that is wrong, what is. */
function readKeys(workspaceId: string, list: Json): ReturnType<typeof readKey>[] {
  if (!Array.isArray(list) || list.length === 0)
    return [`PUSH_KEYS: the keys of ${workspaceId} are no list. Write ${FORM}.`];
  return (list as readonly Json[]).map((entry, index) =>
    readKey(entry, `key-${index + 1}`, `PUSH_KEYS: key ${index + 1} of ${workspaceId}`),
  );
}

function readObject(text: string, problems: string[]): Readonly<Record<string, Json>> {
  if (isUnresolved(text)) {
    problems.push(unresolvedProblem('PUSH_KEYS', text));
    return {};
  }
  try {
    const value = JSON.parse(text) as Json;
    if (isObject(value)) return value;
  } catch {
    // Said below: what the parser says of it may quote a key.
  }
  problems.push(`PUSH_KEYS is no JSON object. Write ${FORM}.`);
  return {};
}

/** A key and its text; or the sentence that says what is wrong with it, without the key in it. */
function readKey(
  entry: Json,
  defaultName: string,
  who: string,
): { readonly key: PushKey; readonly text: string } | string {
  const {
    bodySignature,
    expires,
    key,
    logTypes,
    name = defaultName,
  } = isObject(entry) ? entry : { key: entry };
  if (typeof key !== 'string') return `${who} has no key. Write ${FORM}.`;
  if (isUnresolved(key)) return unresolvedProblem(who, key);
  const bytes = Buffer.from(key, 'base64');
  if (
    bytes.length === 0 ||
    bytes.toString('base64').replace(/={1,2}$/, '') !== key.trim().replace(/={1,2}$/, '')
  )
    return `${who} is not Base64. "openssl rand -base64 64" makes one.`;
  if (typeof name !== 'string' || !/^[\w.@ -]{1,60}$/.test(name))
    return `${who} has a name that is none: at most 60 letters, digits and . _ @ -.`;
  const limits = readLimits({ bodySignature, expires, logTypes });
  return typeof limits === 'string'
    ? `${who}: ${limits}`
    : { text: key.trim(), key: { name, key: bytes, ...limits } };
}

/** What a key may not; or what is wrong with that. */
function readLimits({
  bodySignature,
  expires,
  logTypes,
}: Readonly<Record<'bodySignature' | 'expires' | 'logTypes', Json | undefined>>):
  Pick<PushKey, 'bodySignature' | 'expires' | 'logTypes'> | string {
  const types = Array.isArray(logTypes) ? (logTypes as readonly Json[]) : [];
  const names = types.filter((type) => typeof type === 'string');
  if (logTypes !== undefined && (!Array.isArray(logTypes) || names.length < types.length))
    return 'logTypes is no list of Log-Types.';
  const until = toIso(expires);
  if (expires !== undefined && until === undefined)
    return 'expires is no time. Write 2027-01-31T00:00:00Z, say.';
  if (bodySignature !== undefined && bodySignature !== 'required')
    return 'bodySignature is neither "required" nor left out.';
  return {
    ...(bodySignature === undefined ? {} : { bodySignature }),
    ...(logTypes === undefined ? {} : { logTypes: names }),
    ...(until === undefined ? {} : { expires: new Date(until) }),
  };
}
