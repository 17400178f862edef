import type { Json, JsonObject } from '../contract/json';
import type { PushedBody } from '../contract/spool';
import { HEADERS_MEMBER, RECEIVED_AT, type Receive } from '../contract/receive';
import type { Table } from '../contract/table';
import { isWithin } from './json-size';
import { parseJson } from './json';
import { isObject } from './paths';

/** A body with more objects than this holds some bytes of each: a bomb, not records. One that is too deep for a row costs itself alone. */
const BOUNDS = { maxDepth: 100_000, maxContainers: 1_000_000 };

/**
 * The values that a post holds: one JSON value, or one on each line.
 * @throws SyntaxError when it is neither, or more than anyone means; TypeError when it is no UTF-8
 */
export function readPosted(
  { form }: Pick<Receive, 'form'>,
  { bytes, contentType = '' }: Pick<PushedBody, 'bytes' | 'contentType'>,
): readonly Json[] {
  const body = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const isForm = form !== undefined && /^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType);
  const text = isForm ? (new URLSearchParams(body).get(form) ?? '') : body;
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
