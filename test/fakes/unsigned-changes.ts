import type { Receive } from '../../shared/contract/webhook';

/* What somebody may change of a post on its way whose signature does not cover it: for the tests and the rig. */

/** One change to a recorded post. */
export interface Change {
  /** What is changed, for people. */
  readonly says: string;
  /** By lower-case name: what is sent in their place. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What is added to its address. */
  readonly query?: Readonly<Record<string, string>>;
  /** The byte of the body whose lowest bit is another. */
  readonly byte?: number;
}

/** What a header is that nobody signs: empty, any word, and every one that says how a body is to be read. */
const VALUES = ['', 'another', 'application/json', 'application/x-www-form-urlencoded', 'gzip', 'br'];
/** Headers that any post may have. */
const NAMED = ['content-type', 'content-encoding', 'x-unlike'];
/** How many places of a body are tried. */
const PLACES = 32;

/** The headers of a webhook that no signature covers and that could say something. */
export const unsignedHeaders = ({ headers = [] }: Pick<Receive, 'headers'>): readonly string[] => [
  ...NAMED,
  ...headers,
];

/** What the Data Collector API signs nothing of, each with another value. */
export const UNSIGNED_OF_LOGS = {
  'log-type': 'Another',
  'time-generated-field': 'user',
  'x-ms-azureresourceid': '/subscriptions/other',
} as const;

/** Each header with each value, all of them with another, and an address with more in it. */
export function changesOfHeaders(
  names: readonly string[],
  values: readonly string[] = VALUES,
): readonly Change[] {
  const one = names.flatMap((name) =>
    values.map((value): Change => ({ says: `${name}: ${value}`, headers: { [name]: value } })),
  );
  const all = Object.fromEntries(names.map((name) => [name, 'another']));
  return [...one, { says: 'every header', headers: all }, { says: 'its address', query: { x: 'another' } }];
}

/** Where the signature covers the body such a post is refused; where it only shows a secret, it is another post. */
export function changesOfBytes(length: number): readonly Change[] {
  const step = Math.max(1, Math.floor(length / PLACES));
  return Array.from({ length: Math.floor(length / step) }, (_, place) => ({
    says: `byte ${place * step}`,
    byte: place * step,
  }));
}

/** The body with that byte changed. */
export function changedBody(body: Uint8Array, { byte }: Change): Uint8Array {
  if (byte === undefined) return body;
  const changed = Uint8Array.from(body);
  changed[byte] = (changed[byte] ?? 0) ^ 1;
  return changed;
}
