import { randomBytes } from 'node:crypto';
import { likeId } from '../../local/vendor/feed/event-copies';
import { seeded } from '../../local/vendor/random';
import {
  isPlainName,
  isNoPii,
  isTime,
  isVersion,
  LINK,
  mayTellOnPerson,
  PATTERNS,
  piiByName,
  type PiiKind,
} from './pii';
import type { Json } from '../../shared/contract/json';
import { parseJson, stringifyJson } from '../../shared/values/json/json';

/** Replaces personal data by placeholders: equal values by equal placeholders, across answers too. */
export interface Masker {
  /** Masks personal data that it recognises by form or by the member's name. */
  mask(answers: readonly Json[]): Json[];
  /** How many different values of each kind were replaced. */
  counts(): Readonly<Record<string, number>>;
}

/** Shorter texts are replaced only as whole values: they would match inside other words. Shorter ids identify no one. */
const SHORTEST_PART = 4;
/**
 * The number of attempts to find an unused placeholder. A form with few texts may run out of them; then a placeholder repeats.
 */
const MAX_ATTEMPTS = 10_000;
/** Numbers with fewer digits are codes of the vendor and identify no one. */
const SHORTEST_NUMBER = 6;

/** What a masker replaces in addition to the personal data that it recognises. */
export interface MaskerOptions {
  /** Members that hold an id, whatever their name. */
  readonly idNames?: readonly string[];
  /**
   * True for a sample of an unknown product: every member that may identify a person is replaced, and whole addresses. A
   * recording keeps addresses, because its next links must still work.
   */
  readonly isSample?: boolean;
}

/**
 * Creates a masker for one recording or one sample.
 * @param known texts to replace, such as secrets and the tenant's name, with their placeholders
 */
export function createMasker(
  known: ReadonlyMap<string, string>,
  { idNames = [], isSample = false }: MaskerOptions = {},
): Masker {
  const invented = new Map(known);
  const placeholders = new Set(known.values());
  /** Every value of the answers. No placeholder may equal one of them: two ids would become one. */
  const present = new Set<string>();
  const counts: Record<string, number> = {};
  const attempts: Record<string, number> = {};
  const ownParts = partsOf(known);
  const random = seeded(randomBytes(16).toString('hex'));

  const invent = (text: string, kind: PiiKind): string => {
    const before = invented.get(text) ?? (placeholders.has(text) ? text : undefined);
    if (before !== undefined) return before;
    let made = text;
    for (let left = MAX_ATTEMPTS; left > 0; left--) {
      attempts[kind] = (attempts[kind] ?? 0) + 1;
      const number = attempts[kind];
      made = INVENT[kind](number, text, () =>
        /[A-Za-z0-9]/.test(text) ? (likeId(text, random) as string) : `${kind}-${number}`,
      );
      if (!placeholders.has(made) && !present.has(made)) break;
    }
    counts[kind] = (counts[kind] ?? 0) + 1;
    invented.set(text, made);
    placeholders.add(made);
    return made;
  };
  const kindOf = (name: string, parent: string): PiiKind | undefined =>
    idNames.includes(name)
      ? 'id'
      : (piiByName(name, parent) ?? (isSample && mayTellOnPerson(name) ? 'name' : undefined));
  /** The kind of a text that is replaced as a whole, whatever it contains: a secret, or a name that is written as JSON. */
  const kindOfWhole = (value: Json, name: string, parent: string): PiiKind | undefined => {
    if (typeof value !== 'string' || value === '' || isNoPii(value)) return undefined;
    const kind = kindOf(name, parent);
    return kind === 'token' || parsed(value) !== undefined ? kind : undefined;
  };
  const patterns = (text: string): string =>
    (isSample ? [LINK, ...PATTERNS] : PATTERNS).reduce(
      (now, { isOne, kind, pattern }) =>
        now.replace(pattern, (found) => (isOne?.(found) === false ? found : invent(found, kind))),
      text,
    );

  /** Collects whole values first, so that they are recognised inside longer texts. */
  const learn = (value: Json, name: string, parent: string): void => {
    if (Array.isArray(value)) return value.forEach((item: Json) => learn(item, name, parent));
    if (typeof value === 'object' && value !== null) {
      return Object.entries(value).forEach(([key, member]: [string, Json]) => learn(member, key, name));
    }
    const whole = kindOfWhole(value, name, parent);
    if (whole !== undefined) return void invent(String(value), whole);
    const kind = kindOf(name, parent);
    const inner = parsed(value);
    if (inner !== undefined) return learn(inner, name, parent);
    const text = String(value);
    if (kind === undefined || value === null || typeof value === 'boolean' || isKept(text, kind)) return;
    if (typeof value === 'string' ? text !== '' && patterns(text) === text : isLongNumber(value, kind))
      invent(text, kind);
  };

  const replace = (value: Json, name: string, parent: string, parts: Parts): Json => {
    if (Array.isArray(value)) return value.map((item: Json) => replace(item, name, parent, parts));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, member]: [string, Json]): [string, Json] => [
          patterns(ownParts(key)),
          replace(member, key, name, parts),
        ]),
      );
    }
    if (kindOfWhole(value, name, parent) !== undefined) return invented.get(String(value)) ?? value;
    const inner = parsed(value);
    if (inner !== undefined) return stringifyJson(replace(inner, name, parent, parts));
    if (typeof value === 'string') return replaceText(value, name, parts);
    const kind = kindOf(name, parent);
    const other = isLongNumber(value, kind) ? invented.get(String(value)) : undefined;
    if (other !== undefined) return typeof value === 'bigint' ? BigInt(other) : Number(other);
    if (kind !== 'place' || typeof value !== 'number') return value;
    return Number.isInteger(value) ? 0 : 0.5;
  };
  const replaceText = (text: string, name: string, parts: Parts): string => {
    if (isTime(text) || isVersion(text, name)) return ownParts(text);
    // A reason or a state may be a sentence that contains a name.
    if (isPlainName(name)) return patterns(/\s/.test(text) ? parts(text) : ownParts(text));
    return invented.get(text) ?? patterns(parts(text));
  };

  return {
    mask(answers) {
      for (const answer of answers) for (const text of valuesIn(answer)) present.add(text);
      answers.forEach((answer) => learn(answer, '', ''));
      const parts = partsOf(invented);
      return answers.map((answer) => replace(answer, '', '', parts));
    },
    counts: () => ({ ...counts }),
  };
}

/** True for a value that identifies nobody. */
function isKept(text: string, kind: PiiKind): boolean {
  return isNoPii(text) || (kind === 'id' && text.length < SHORTEST_PART);
}

/** The object or array that a text holds as JSON; `undefined` for any other value. */
function parsed(value: Json): Json | undefined {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return undefined;
  try {
    return parseJson(value);
  } catch {
    return undefined;
  }
}

/** The texts and numbers in a value. */
function* valuesIn(value: Json): Generator<string, void, undefined> {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value) as readonly Json[]) yield* valuesIn(member);
    return;
  }
  const inner = parsed(value);
  if (inner === undefined) yield String(value);
  else yield* valuesIn(inner);
}

/** Counts of replaced values as text: `2 email, 1 id`; empty if nothing was replaced. */
export function countsText(counts: ReturnType<Masker['counts']>): string {
  return Object.entries(counts)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}

/** Replaces known values within a longer text. */
type Parts = (text: string) => string;

function partsOf(invented: ReadonlyMap<string, string>): Parts {
  const known = [...invented.keys()].filter((text) => text.length >= SHORTEST_PART);
  if (known.length === 0) return (text) => text;
  const longestFirst = known
    .sort((a, b) => b.length - a.length)
    .map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  const pattern = new RegExp(`(?<![\\p{L}\\d])(?:${longestFirst.join('|')})(?![\\p{L}\\d])`, 'gu');
  return (text) => text.replace(pattern, (found) => invented.get(found) ?? found);
}

/** True for a number that is also replaced inside of texts: a long id, or an exact coordinate. */
function isLongNumber(value: Json, kind: PiiKind | undefined): value is number | bigint {
  if (typeof value === 'bigint') return true;
  if (typeof value !== 'number' || String(value).length < SHORTEST_NUMBER) return false;
  return Number.isSafeInteger(value) || kind === 'place';
}

/** Uses the addresses and numbers reserved for documentation. @see RFC 5737, RFC 3849, RFC 7042, RFC 2606 */
const INVENT: Readonly<Record<PiiKind, (count: number, text: string, like: () => string) => string>> = {
  email: (count) => `user${count}@example.com`,
  ipv4: (count) =>
    count <= 254
      ? `192.0.2.${count}`
      : count <= 508
        ? `198.51.100.${count - 254}`
        : `198.18.${Math.floor(count / 250) % 250}.${count % 250}`,
  ipv6: (count) => `2001:db8::${count.toString(16)}`,
  mac: (count) => `00:00:5e:00:53:${(count % 256).toString(16).padStart(2, '0')}`,
  phone: (count, text, like) => (text.startsWith('+') ? `+1 555 ${String(count).padStart(7, '0')}` : like()),
  token: (_count, _text, like) => like(),
  id: (_count, _text, like) => like(),
  // Stays in the range of a latitude. The last digit keeps 1.1 and 1.10 apart.
  place: (count, text, like) => (/^-?\d+\.\d+$/.test(text) ? `${count % 90}.${count}5` : like()),
  host: (count) => `https://host${count}.example.com/`,
  name: (count, text) => (/\s/.test(text) ? `Person ${count}` : `person-${count}`),
};
