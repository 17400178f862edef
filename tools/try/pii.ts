import { isIPv4, isIPv6 } from 'node:net';

/** What a text is, as far as it tells on somebody. */
export type PiiKind = 'email' | 'ipv4' | 'ipv6' | 'mac' | 'phone' | 'token' | 'id' | 'name' | 'place';

/** Members of a closed set and times: they mean something and tell on nobody. */
const PLAIN_NAME =
  /(type|kind|provider|status|state|result|outcome|reason|count|level|severity|version|format|scope|category|action|time|date|expires|expiry|stamp)$/i;
const TIME_NAME = /(_at|At)$/;
/** What a member is called, and what it then is; the first that fits counts. */
const BY_NAME: readonly (readonly [PiiKind, RegExp])[] = [
  ['token', /token|secret|passw|cookie|authorization|signature|credential|api_?key|session/i],
  ['phone', /phone|mobile|msisdn|(^|_)fax/i],
  ['place', /postal|zip_?code|street|^(lat|latitude|lon|lng|longitude)$/i],
  ['id', /(^|[^a-z])(id|ids|uuid|guid|sid|key)$|[a-z](Id|ID|Ids|Uuid|UUID|Guid)$|_key$/i],
  [
    'name',
    /(display|first|last|full|given|family|middle|nick|user|login|account|real|owner|host|computer|machine|device)_?name$|^(login|user|username|actor|owner|alias|upn|hostname|author|sender|recipient|subject|email|mail)$|_(login|user|actor|owner)$/i,
  ],
];
/** A plain `name` is a person's where it stands in one of these. */
const PERSON = /user|actor|person|owner|member|admin|employee|contact|author|sender|recipient/i;

/** What a member's name says of its value; `undefined` where it says nothing. */
export function piiByName(name: string, parent: string): PiiKind | undefined {
  if (isPlainName(name)) return undefined;
  if (/^name$/i.test(name)) return PERSON.test(parent) ? 'name' : undefined;
  return BY_NAME.find(([, pattern]) => pattern.test(name))?.[0];
}

/** True for members whose text is left as it is, but for what {@link PATTERNS} find in it. */
export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name) || TIME_NAME.test(name);
}

const ISO_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/;

const PLACEHOLDER = /^(unknown|null|none|n\/a|undefined|true|false|[\s*.-]*)$/i;

/** True for a time, and for what vendors write where they know nothing. */
export function isNoPii(text: string): boolean {
  return isTime(text) || PLACEHOLDER.test(text);
}

/** True for a text that is a time. */
export function isTime(text: string): boolean {
  return ISO_TIME.test(text);
}

/** What is found wherever it stands. A number after `Name/` is a version, not an address. */
export const PATTERNS: readonly {
  readonly kind: PiiKind;
  readonly pattern: RegExp;
  readonly isOne?: (text: string) => boolean;
}[] = [
  { kind: 'token', pattern: /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g },
  { kind: 'email', pattern: /[\p{L}\d._%+-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+/gu },
  { kind: 'mac', pattern: /\b(?:[\da-f]{2}[:-]){5}[\da-f]{2}\b/gi },
  { kind: 'ipv4', pattern: /(?<![\w.]|[A-Za-z]\/)(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)/g, isOne: isIPv4 },
  {
    kind: 'ipv6',
    pattern: /(?<![\w:])(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}(?![\w:])/gi,
    isOne: (text) => isIPv6(text) && /[\da-f]/i.test(text),
  },
  { kind: 'id', pattern: /\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b/gi },
  { kind: 'phone', pattern: /\+\d[\d ()-]{7,}\d/g },
];
