import { isUtf8 } from 'node:buffer';
import type { OutcomeCounts, SourceId } from '../contract/checkpoint';
import type { Json } from '../contract/json';
import type { StoredDeadLetter } from '../contract/operator';
import type { DeadLetter, DeadLetters } from '../contract/run';
import type { PushMetadata, SpooledBody } from '../contract/spool';
import type { Encoded } from '../rows/batch';
import { toDeadLetter } from '../rows/format-row';
import { runCooperatively, pauseMeter } from '../values/cooperative';
import { isQuarantinedBody, MAX_BODY_FAILURES, type FailedBody, type PushBatch } from './commit-batch';
import type { BodyFormat, PushedRow } from './body-format';

/** The outcomes of a batch's records. */
export interface BatchCounts extends OutcomeCounts {
  /** Accepted records with a value that did not fit its column. */
  readonly drifted: number;
}

/** Stores a batch's dead letters in one blob, and counts the outcome of every record. @throws UnavailableError */
export async function storeDeadLetters(
  { failed, repeated, sent }: PushBatch,
  run: { readonly id: SourceId; readonly runId: string; readonly deadLetters: DeadLetters },
  batch: number,
): Promise<BatchCounts> {
  const deadLetters: DeadLetter[] = [];
  let [accepted, deadLettered, filtered, drifted] = [0, 0, 0, 0];
  for (const { item, refused } of sent) {
    const { deadLetters: own, rows, ...counts } = item.formatted;
    const isRefused = new Set(refused.map(({ row }) => row));
    const truncated = rows.flatMap(({ row }) =>
      isRefused.size > 0 && isRefused.has(row) ? [] : (row.truncated ?? []),
    );
    const post = postOf(item.body);
    for (const one of own) deadLetters.push({ ...one, post });
    for (const { cause, detail, row } of refused) {
      const refusal = toDeadLetter(cause, detail, row.record, row.eventId);
      deadLetters.push({ ...(await runCooperatively(refusal)), post });
    }
    for (const one of truncated) deadLetters.push({ ...one, post });
    deadLettered += own.length + refused.length;
    filtered += counts.filtered ?? 0;
    drifted += counts.drifted ?? 0;
    accepted += item.body.records - own.length - refused.length - (counts.filtered ?? 0);
  }
  for (const one of failed.filter(isQuarantinedBody)) {
    deadLetters.push(await runCooperatively(deadLetterOfBody(one)));
    deadLettered += one.body.records;
  }
  if (deadLetters.length > 0)
    await run.deadLetters.put(run.id, { runId: run.runId, page: batch }, deadLetters);
  const duplicate = repeated.reduce((sum, { body }) => sum + body.records, 0);
  return { accepted, deadLettered, duplicate, filtered, drifted };
}

/** The dead letter of a whole body: its text, or its bytes in Base64 where they are damaged or not UTF-8. */
function* deadLetterOfBody({ body, isFinal, why }: FailedBody): Generator<undefined, DeadLetter, undefined> {
  const isText = body.isDamaged !== true && isUtf8(body.bytes);
  const text = yield* textOf(body.bytes, isText ? 'utf8' : 'base64');
  return {
    cause: isText ? 'body-set-aside' : 'damaged',
    detail: isFinal === true ? why : `delivering it failed ${MAX_BODY_FAILURES} times: ${why}`,
    record: isText ? text : `"${text}"`,
    post: postOf(body),
  };
}

/** Bytes that are decoded between two pauses. A multiple of 3, so that the Base64 of the pieces is that of the whole. */
const PIECE_BYTES = 48 * 1024;

/** Bytes as text, decoded piece by piece. */
function* textOf(bytes: Uint8Array, encoding: 'utf8' | 'base64'): Generator<undefined, string, undefined> {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: string[] = [];
  for (let at = 0; at < whole.length;) {
    if (at > 0) yield;
    const end = pieceEnd(whole, at, encoding);
    pieces.push(whole.toString(encoding, at, end));
    at = end;
  }
  return pieces.join('');
}

/** Where to cut bytes: never within a character of UTF-8. */
function pieceEnd(bytes: Uint8Array, from: number, encoding: 'utf8' | 'base64'): number {
  let end = from + PIECE_BYTES;
  if (encoding === 'utf8') while (((bytes[end] ?? 0) & 0xc0) === 0x80) end++;
  return end;
}

/** What a dead letter keeps of its request, so that its record can be formatted again as it would have been. */
function postOf({ contentType, facts, key, receivedAt }: SpooledBody): PushMetadata {
  return {
    receivedAt,
    ...(contentType === undefined ? {} : { contentType }),
    ...(key === undefined ? {} : { key }),
    ...(facts === undefined ? {} : { facts }),
  };
}

/** The first versions stored nothing of the request. */
function storedPostOf({ at, post }: StoredDeadLetter): PushMetadata {
  return post ?? { receivedAt: at };
}

/**
 * The dead letters of the records in a body, to replace the body's own; none for a dead letter that holds no body, or
 * one that still cannot be read. The counters count records, so that splitting changes none. Pauses, and never throws.
 */
export function* splitBody(
  { records }: BodyFormat,
  stored: StoredDeadLetter,
): Generator<undefined, StoredDeadLetter[], undefined> {
  if (stored.cause !== 'body-set-aside') return [];
  try {
    const deadLetters: StoredDeadLetter[] = [];
    const isPauseDue = pauseMeter();
    const body = { bytes: new TextEncoder().encode(stored.record), ...storedPostOf(stored) };
    for (const [place, { eventId, record }] of (yield* records(body)).entries()) {
      const own = yield* toDeadLetter('record-set-aside', stored.detail, record, eventId);
      deadLetters.push({ ...stored, ...own, id: `${stored.id}-${place}` });
      if (isPauseDue(own.record.length)) yield;
    }
    return deadLetters;
  } catch {
    return [];
  }
}

/** Formats the record of a dead letter as a delivery would. Pauses, and never throws. */
export function* formatDeadLetter(
  { row }: BodyFormat,
  record: Json,
  stored: StoredDeadLetter,
): Generator<
  undefined,
  Encoded<Pick<PushedRow, 'truncated'> & { readonly late: false }> | 'filtered' | 'deadLettered',
  undefined
> {
  const { eventId } = stored;
  const post = storedPostOf(stored);
  const encoded = yield* row(eventId === undefined ? { record } : { record, eventId }, post);
  if (encoded === 'filtered') return encoded;
  if ('deadLetter' in encoded) return 'deadLettered';
  const { truncated } = encoded.row;
  const cut = truncated === undefined ? {} : { truncated: { ...truncated, post } };
  return { text: encoded.text, row: { late: false, ...cut } };
}
