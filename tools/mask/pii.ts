import { isIPv4, isIPv6 } from 'node:net';
import { wordsOf } from '../new/names';

/** A kind of personal data. */
export type PiiKind =
  'email' | 'ipv4' | 'ipv6' | 'mac' | 'phone' | 'token' | 'id' | 'name' | 'place' | 'host';

/** Names of members with enumerated values and times, which hold no personal data. */
const PLAIN_NAME =
  /(type|kind|provider|status|state|result|outcome|reason|count|level|severity|version|format|scope|category|action|time|date|expires|expiry|stamp)$/i;
const TIME_NAME = /(_at|At)$/;
/** The kind of personal data by member name; the first match counts. */
const BY_NAME: readonly (readonly [PiiKind, RegExp])[] = [
  ['token', /token|secret|passw|cookie|authorization|signature|credential|api_?key|session|(^|_)(otp|jwt)$/i],
  ['phone', /phone|mobile|msisdn|(^|_)fax/i],
  [
    'place',
    /postal|zip_?code|(^|_)zip$|street|(lat|long)itude$|(^|_)(lat|lon|lng)$|coordinates?$|geo_?point$/i,
  ],
  ['place', /[a-z]Zip$/],
  ['id', /(^|[^a-z])(id|ids|uuid|guid|sid|key)$|[a-z](Id|ID|Ids|Uuid|UUID|Guid)$|_key$/i],
  [
    'name',
    /(display|first|last|full|given|family|middle|nick|user|login|account|real|owner|host|computer|machine|device)_?name$|^(login|user|username|actor|owner|alias|upn|hostname|author|sender|recipient|subject|email|mail|initiator|person)$|_(login|user|actor|owner)$/i,
  ],
];
/** A member `name` is a person's name inside these parents. */
const PERSON = /user|actor|person|owner|member|admin|employee|contact|author|sender|recipient/i;

/** Words at the end of a member's name that mark a secret, in addition to the patterns above: `privateKey`, `userJwt`. */
const SECRET_WORDS = new Set(['passphrase', 'otp', 'jwt', 'key', 'hash', 'fingerprint']);
/** Words at the end of a member's name that may mark a person, for a sample of an unknown product. */
const PERSON_WORDS = new Set(
  'name user username login email mail upn phone mobile person owner actor ip address hostname host initiator author'.split(
    ' ',
  ),
);
/** Words before one of {@link PERSON_WORDS} that exclude a person: `event_name`. */
const NO_PERSON_WORDS = new Set(
  'event app application product policy rule type action operation country region browser os category method status service client platform'.split(
    ' ',
  ),
);

/** The kind of personal data that a member's name suggests; `undefined` when none. */
export function piiByName(name: string, parent: string): PiiKind | undefined {
  if (isPlainName(name)) return undefined;
  if (/^name$/i.test(name)) return PERSON.test(parent) ? 'name' : undefined;
  const kind = BY_NAME.find(([, pattern]) => pattern.test(name))?.[0];
  return kind ?? (SECRET_WORDS.has(wordsIn(name).at(-1) ?? '') ? 'token' : undefined);
}

/** True if a member of an unknown product may identify a person: `userPrincipalName`, `users`, `address`. */
export function mayTellOnPerson(name: string): boolean {
  const words = wordsIn(name);
  return (
    PERSON_WORDS.has(words.at(-1) ?? '') && !words.slice(0, -1).some((word) => NO_PERSON_WORDS.has(word))
  );
}

/** The words of a member's name, each in the singular. */
function wordsIn(name: string): readonly string[] {
  return wordsOf(name).map((word) => (word.length > 3 ? word.replace(/(?<=[^s])s$/, '') : word));
}

/** True for members in which only {@link PATTERNS} are masked. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name) || TIME_NAME.test(name);
}

const VERSION_NAME = /(^| )versions?( (number|name|string))?$/;
const VERSION = /^v?\d+(\.\d+)*$/i;

/** True for a version in a member that is named for one: its numbers may look like an IPv4 address. */
export function isVersion(text: string, name: string): boolean {
  return VERSION_NAME.test(wordsOf(name).join(' ')) && VERSION.test(text);
}

const ISO_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\s?(?:Z|UTC|[+-]\d\d:?\d\d)?$/;

const PLACEHOLDER = /^(unknown|null|none|n\/a|undefined|true|false|[\s*.-]*)$/i;

/** True for a time, and for vendors' placeholders of unknown values. */
export function isNoPii(text: string): boolean {
  return isTime(text) || PLACEHOLDER.test(text);
}

/** True for a text that is a time. */
export function isTime(text: string): boolean {
  return ISO_TIME.test(text);
}

/** Personal data that is recognised by its form. */
interface Pattern {
  readonly kind: PiiKind;
  readonly pattern: RegExp;
  /** Checks a match of the pattern. */
  readonly isOne?: (text: string) => boolean;
}

/** A URL: its host, path and parameters may identify its owner. */
export const LINK: Pattern = { kind: 'host', pattern: /\bhttps?:\/\/[^\s"'<>]+/g };

/** Patterns that are masked anywhere in a text. Four numbers after a `Name/` are a version, as in a user agent. */
export const PATTERNS: readonly Pattern[] = [
  { kind: 'token', pattern: /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g },
  {
    kind: 'token',
    pattern: /(?<=\b(?:Bearer|Basic) )[\w.+/=-]{8,}|\b(?:AKIA|ghp_|gho_|xox[abp]-|sk-)[\w-]{8,}/g,
  },
  { kind: 'email', pattern: /[\p{L}\d._%+#-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+/gu },
  { kind: 'mac', pattern: /\b(?:[\da-f]{2}[:-]){5}[\da-f]{2}\b/gi },
  { kind: 'ipv4', pattern: /(?<!\d|\d\.|\b[A-Z]\w*\/)(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)/g, isOne: isIPv4 },
  {
    kind: 'ipv6',
    pattern: /(?<![\w:])(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}(?![\w:])/gi,
    isOne: (text) => isIPv6(text) && /[\da-f]/i.test(text),
  },
  { kind: 'id', pattern: /\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b/gi },
  { kind: 'phone', pattern: /\+\d[\d ()-]{7,}\d/g },
];
