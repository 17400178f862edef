import type { Receive } from '../../shared/contract/webhook';

/* Changes to the unsigned parts of a post, for the tests and the fault tests. */

/** One change to a recorded post. */
export interface UnsignedChange {
  /** What is changed, for messages. */
  readonly description: string;
  /** The changed headers, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Parameters that are added to the query. */
  readonly query?: Readonly<Record<string, string>>;
  /** The index of the byte of the body whose lowest bit is flipped. */
  readonly byte?: number;
}

/** Values for unsigned headers: empty, any word, and every value that describes how to parse a body. */
const VALUES = ['', 'another', 'application/json', 'application/x-www-form-urlencoded', 'gzip', 'br'];
/** Headers of any post. */
const NAMED = ['content-type', 'content-encoding', 'x-unlike'];
/** How many bytes of a body are changed, one at a time. */
const PLACES = 32;

/** The unsigned headers of a webhook that the app could read. */
export const unsignedHeaders = ({ headers = [] }: Pick<Receive, 'headers'>): readonly string[] => [
  ...NAMED,
  ...headers,
];

/** The unsigned headers of the Data Collector API, each with another value. */
export const UNSIGNED_OF_LOGS = {
  'log-type': 'Another',
  'time-generated-field': 'user',
  'x-ms-azureresourceid': '/subscriptions/other',
} as const;

/** Each header with each value, all headers changed at once, and an added query parameter. */
export function changesOfHeaders(
  names: readonly string[],
  values: readonly string[] = VALUES,
): readonly UnsignedChange[] {
  const one = names.flatMap((name) =>
    values.map((value): UnsignedChange => ({ description: `${name}: ${value}`, headers: { [name]: value } })),
  );
  const all = Object.fromEntries(names.map((name) => [name, 'another']));
  return [
    ...one,
    { description: 'every header', headers: all },
    { description: 'its address', query: { x: 'another' } },
  ];
}

/** Bodies with one changed byte: refused if the signature covers the body, another post if a credential is only sent along. */
export function changesOfBytes(length: number): readonly UnsignedChange[] {
  const step = Math.max(1, Math.floor(length / PLACES));
  return Array.from({ length: Math.floor(length / step) }, (_, place) => ({
    description: `byte ${place * step}`,
    byte: place * step,
  }));
}

/** The body with the changed byte. */
export function changedBody(body: Uint8Array, { byte }: UnsignedChange): Uint8Array {
  if (byte === undefined) return body;
  const changed = Uint8Array.from(body);
  changed[byte] = (changed[byte] ?? 0) ^ 1;
  return changed;
}
