import { isIPv6 } from 'node:net';
import type { Json } from '../../../shared/contract/json';
import { isObject } from '../../../shared/values/json-path';
import { toIso } from '../../../shared/values/time';
import { parseJson, stringifyJson } from '../../../shared/values/json/json';
import { wordsOf } from '../names';

/** Puts invented values in the place of what looks personal or secret. Equal values become equal ones. */
export interface Mask {
  /** @param keep names of the member whose value says when: it stays as it is */
  (value: Json, keep: readonly string[]): Json;
  /** What was replaced and how many different values of each kind, in words. */
  readonly replaced: () => string;
}

type Kind = 'e-mail addresses' | 'network addresses' | 'ids' | 'hosts' | 'secrets' | 'names' | 'places';

const SECRET = new Set(
  'token secret password passwd passphrase authorization cookie credential signature jwt apikey key otp hash fingerprint'.split(
    ' ',
  ),
);
const PERSON = new Set(
  'name user username login email mail upn phone mobile person owner actor ip address hostname host initiator author'.split(
    ' ',
  ),
);
const PLACE = new Set('lat latitude lon lng longitude'.split(' '));
/** `event_name` is no person's. */
const NOT_A_PERSON = new Set(
  'event app application product policy rule type action operation country region browser os category method status service client platform'.split(
    ' ',
  ),
);

const SHAPES: readonly (readonly [Kind, RegExp, (n: number) => string])[] = [
  [
    'secrets',
    /\beyJ[\w-]+\.[\w-]+\.[\w-]*|\b(?:Bearer|Basic) [\w.+/=-]{8,}|\b(?:AKIA|ghp_|gho_|xox[abp]-|sk-)[\w-]{8,}/g,
    (n) => `invented-secret-${n}`,
  ],
  ['hosts', /\bhttps?:\/\/[^\s"'<>]+/g, (n) => `https://host${n}.example.com/`],
  ['e-mail addresses', /[^\s@"'<>:;,()]+@[^\s@"'<>:;,()]+\.[A-Za-z]{2,}/g, (n) => `person${n}@example.com`],
  [
    'ids',
    /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
    (n) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`,
  ],
  [
    'network addresses',
    /\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b/gi,
    (n) => `00:00:5e:00:53:${(n % 256).toString(16).padStart(2, '0')}`,
  ],
  [
    'network addresses',
    /(?<![\d./])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g,
    (n) => `${['192.0.2', '198.51.100', '203.0.113'][Math.floor(n / 254) % 3] ?? ''}.${(n % 254) + 1}`,
  ],
];

/** Starts with nothing replaced. */
export function createMask(): Mask {
  const replaced = new Map<Kind, Map<string, string>>();
  const instead = (kind: Kind, original: string, invent: (n: number) => string): string => {
    const known = replaced.get(kind) ?? new Map<string, string>();
    replaced.set(kind, known);
    const name = known.get(original) ?? invent(known.size + 1);
    known.set(original, name);
    return name;
  };

  const maskText = (text: string, words: readonly string[]): string => {
    if (text === '' || isTimeText(text)) return text;
    const last = words.at(-1) ?? '';
    if (SECRET.has(last)) return instead('secrets', text, (n) => `invented-secret-${n}`);
    if (isIPv6(text)) return instead('network addresses', text, (n) => `2001:db8::${n.toString(16)}`);
    const inner = /^\s*[{[]/.test(text) ? parsed(text) : undefined;
    if (inner !== undefined) return stringifyJson(walk(inner, [], []));
    const shaped = SHAPES.reduce(
      (all, [kind, pattern, invent]) => all.replace(pattern, (hit) => instead(kind, hit, invent)),
      text,
    );
    if (shaped !== text || !isPerson(words)) return shaped;
    return instead('names', text, (n) => `Invented ${n}`);
  };

  const walk = (value: Json, words: readonly string[], keep: readonly string[]): Json => {
    if (typeof value === 'string') return maskText(value, words);
    if (typeof value === 'number')
      return PLACE.has(words.at(-1) ?? '') ? Math.sign(value) * (value % 1 === 0 ? 1 : 1.5) : value;
    if (Array.isArray(value)) return (value as readonly Json[]).map((each) => walk(each, words, []));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        keep[0] === name && keep.length === 1
          ? member
          : walk(member, singular(wordsOf(name)), keep[0] === name ? keep.slice(1) : []),
      ]),
    );
  };

  return Object.assign((value: Json, keep: readonly string[]) => walk(value, [], keep), {
    replaced: () => [...replaced].map(([kind, known]) => `${kind} (${known.size})`).join(', '),
  });
}

function singular(words: readonly string[]): readonly string[] {
  return words.map((word) => (word.length > 3 ? word.replace(/(?<=[^s])s$/, '') : word));
}

function isPerson(words: readonly string[]): boolean {
  return PERSON.has(words.at(-1) ?? '') && !words.slice(0, -1).some((word) => NOT_A_PERSON.has(word));
}

function isTimeText(text: string): boolean {
  return !/^\d+$/.test(text) && toIso(text) !== undefined;
}

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
