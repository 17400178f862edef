import type { Json, JsonObject } from '../contract/json';
import type { PushedBody } from '../contract/spool';
import { HEADERS_MEMBER, RECEIVED_AT, type Receive } from '../contract/receive';
import type { Table } from '../contract/table';
import { isWithin } from './json-size';
import { parseJson } from './json';
import { isObject } from './paths';

/** A body with more objects than this holds some bytes of each: a bomb, not records. One that is too deep for a row costs itself alone. */
const BOUNDS = { maxDepth: 100_000, maxContainers: 1_000_000 };

/** How an HTML form begins: the encoded name of a field. No JSON text begins so, not even a broken one. */
const FORM_START = /^[\w.*+%-]{1,100}=/;

/**
 * Reads the values of a post: one JSON value, or one on each line. Only the bytes decide whether they are a form,
 * because no signature covers the content type: a signed JSON body sent again as a form stays JSON.
 * @throws SyntaxError when it is neither, or more than anyone means; TypeError or URIError when it is no UTF-8
 */
export function readPosted(
  { form }: Pick<Receive, 'form'>,
  { bytes }: Pick<PushedBody, 'bytes'>,
): readonly Json[] {
  const body = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const isForm = form !== undefined && FORM_START.test(body);
  const text = isForm ? fieldOf(body, form) : body;
  if (!isWithin(BOUNDS, isForm ? Buffer.from(text) : bytes))
    throw new SyntaxError('the body has too many objects');
  try {
    return [parseJson(text)];
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length < 2) throw error;
    return lines.map(parseJson);
  }
}

/**
 * The first field of this name in a form; the empty string where there is none.
 * @throws URIError when its bytes are no UTF-8: `URLSearchParams` would put other characters in their place
 */
function fieldOf(body: string, name: string): string {
  const start = `${encodeURIComponent(name)}=`;
  const field = body.split('&').find((one) => one.startsWith(start)) ?? start;
  return decodeURIComponent(field.slice(start.length).replaceAll('+', ' '));
}

/** The records of posted values: an array holds one in each element. */
export function recordsIn(values: readonly Json[]): readonly Json[] {
  return values.flatMap((value) => (Array.isArray(value) ? (value as readonly Json[]) : [value]));
}

/**
 * A record with what only its post says of it, beside its own members: the headers that the source names, and when it
 * was received where the table asks for that.
 */
export function withPost(
  record: Json,
  { table }: { readonly table: Table },
  { facts = {}, receivedAt }: Pick<PushedBody, 'facts' | 'receivedAt'>,
): Json {
  if (!isObject(record)) return record;
  const { headers } = facts as { readonly headers?: JsonObject };
  return {
    ...record,
    ...(headers === undefined ? {} : { [HEADERS_MEMBER]: headers }),
    ...(asksWhen(table) ? { [RECEIVED_AT]: receivedAt } : {}),
  };
}

function asksWhen({ columns, time }: Table): boolean {
  return time === RECEIVED_AT || Object.values(columns).some(({ from }) => from === RECEIVED_AT);
}
