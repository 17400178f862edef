import type { ReceiveSource } from '../../contract/connector';
import type { Json, JsonObject } from '../../contract/json';
import type { PushedBody, PushMetadata } from '../../contract/spool';
import { HEADERS_MEMBER, RECEIVED_AT, type Receive } from '../../contract/webhook';
import type { Table } from '../../contract/table';
import { formField } from './form-field';
import { readJson } from '../../values/json/incremental-parse';
import { isObject } from '../../values/json-path';

/** A body with more objects than this is an attack, not records. A record that is too deep for a row fails alone. */
const BOUNDS = { maxDepth: 100_000, maxContainers: 1_000_000 };
const MAX_RECORDS = 1_000_000;

/** How an HTML form begins: with the encoded name of a field. No JSON text begins like this, not even a broken one. */
const FORM_START = /^[\w.*+%-]{1,100}=/;

const FORM_START_BYTES = 128;
const LINE_FEED = 0x0a;
/** Bytes of lines between two pauses. */
const PAUSE_BYTES = 64 * 1024;

/**
 * Parses a body: one JSON value, or one on each line. The bytes alone decide whether it is a form, because no signature
 * covers the content type: a signed JSON body that is replayed as a form stays JSON.
 * Pauses as {@link readJson} does.
 * @throws SyntaxError when it is neither, or more than anyone means; TypeError when it is no UTF-8; URIError for a form that is none
 */
export function* readPosted(
  { form }: Pick<Receive, 'form'>,
  { bytes }: Pick<PushedBody, 'bytes'>,
): Generator<undefined, readonly Json[], undefined> {
  const body = form !== undefined && isForm(bytes) ? yield* formField(bytes, form) : bytes;
  return bounded((yield* readWhole(body)) ?? (yield* readLines(body)));
}

/** The only value of a body; `undefined` when it may have one on each line. */
function* readWhole(body: Uint8Array): Generator<undefined, readonly Json[] | undefined, undefined> {
  try {
    return [yield* readJson(body, BOUNDS)];
  } catch (error) {
    if (error instanceof TypeError || !hasLines(body)) throw error;
    return undefined;
  }
}

/** Bounds the records: each that is not an object becomes a dead letter, and millions of those take gigabytes. */
function bounded(values: readonly Json[]): readonly Json[] {
  const records = values.reduce<number>((sum, value) => sum + (Array.isArray(value) ? value.length : 1), 0);
  if (records > MAX_RECORDS) throw new SyntaxError('the body has too many records');
  return values;
}

/** The values of the lines. Blank lines are skipped. The bounds apply to all lines together. */
function* readLines(body: Uint8Array): Generator<undefined, readonly Json[], undefined> {
  const values: Json[] = [];
  const bounds = { ...BOUNDS, before: { containers: 0 } };
  let pauseAt = PAUSE_BYTES;
  for (let from = 0; from < body.length;) {
    const next = body.indexOf(LINE_FEED, from);
    const end = next === -1 ? body.length : next;
    const line = body.subarray(from, end);
    from = end + 1;
    if (isBlank(line)) continue;
    values.push(yield* readJson(line, bounds));
    if (from >= pauseAt) {
      yield;
      pauseAt = from + PAUSE_BYTES;
    }
  }
  return values;
}

function hasLines(body: Uint8Array): boolean {
  const end = body.indexOf(LINE_FEED, behindSpaces(body, 0));
  return end !== -1 && behindSpaces(body, end) < body.length;
}

function isBlank(bytes: Uint8Array): boolean {
  return behindSpaces(bytes, 0) === bytes.length;
}

/** The place of the first byte that is not JSON white space. A plain loop, because a body may be white space only. */
function behindSpaces(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let byte = bytes[at]; byte === LINE_FEED || byte === 0x0d || byte === 0x20 || byte === 0x09;) {
    byte = bytes[++at];
  }
  return at;
}

/** True when the bytes begin as a form does. */
function isForm(bytes: Uint8Array): boolean {
  return FORM_START.test(Buffer.from(bytes.subarray(0, FORM_START_BYTES)).toString('latin1'));
}

/** The records of parsed values: each element of an array is one. */
export function recordsIn(values: readonly Json[]): readonly Json[] {
  const [only, ...more] = values;
  // One list is not copied: it may have a million records.
  if (more.length === 0 && Array.isArray(only)) return only as readonly Json[];
  return values.flatMap((value) => (Array.isArray(value) ? (value as readonly Json[]) : [value]));
}

/**
 * Adds the metadata of the request to a record: the headers that the source names, and the time of receipt if the table
 * reads it. The source's own code gets a copy: an id is made of the record as it was posted.
 */
export function withPost(
  record: Json,
  { keep, table, toRow }: Pick<ReceiveSource, 'keep' | 'table' | 'toRow'>,
  { facts = {}, receivedAt }: Pick<PushedBody, 'facts' | 'receivedAt'>,
): Json {
  if (!isObject(record)) return record;
  const { headers } = facts as { readonly headers?: JsonObject };
  // A large object takes long to copy.
  if (headers === undefined && keep === undefined && toRow === undefined && !asksWhen(table)) return record;
  return {
    ...record,
    ...(headers === undefined ? {} : { [HEADERS_MEMBER]: headers }),
    ...(asksWhen(table) ? { [RECEIVED_AT]: receivedAt } : {}),
  };
}

function asksWhen({ columns, time }: Table): boolean {
  return time === RECEIVED_AT || Object.values(columns).some(({ from }) => from === RECEIVED_AT);
}

/*
 * A vendor never repeats a request that was answered 4xx. A signed request whose body cannot be read is therefore
 * accepted: the spool stores its bytes as they came, marked, and its delivery makes a dead letter of them.
 */

const UNREAD = 'unread';

/** Marks a body as unreadable. @param why a part of a sentence, for operators; it never quotes the body */
export function markUnreadable(facts: JsonObject, why: string): JsonObject {
  return { ...facts, [UNREAD]: why };
}

/** Why a body is marked as unreadable; `undefined` where it is not. */
export function whyUnreadable({ facts }: Pick<PushMetadata, 'facts'>): string | undefined {
  const why = facts?.[UNREAD];
  return typeof why === 'string' ? why : undefined;
}
