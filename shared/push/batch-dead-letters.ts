import type { OutcomeCounts, SourceId } from '../contract/checkpoint';
import type { Json } from '../contract/json';
import type { StoredDeadLetter } from '../contract/operator';
import type { DeadLetter, DeadLetters } from '../contract/run';
import type { PushMetadata, SpooledBody } from '../contract/spool';
import type { Encoded } from '../rows/batch';
import { toDeadLetter } from '../rows/format-row';
import { runCooperatively, pauseMeter } from '../values/cooperative';
import { isQuarantinedBody, MAX_FAILURES, type FailedBody, type PushBatch } from './commit-batch';
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
    deadLetters.push(deadLetterOfBody(one));
    deadLettered += one.body.records;
  }
  if (deadLetters.length > 0)
    await run.deadLetters.put(run.id, { runId: run.runId, page: batch }, deadLetters);
  const duplicate = repeated.reduce((sum, { body }) => sum + body.records, 0);
  return { accepted, deadLettered, duplicate, filtered, drifted };
}

/** The dead letter of a whole body: its text, or its bytes in Base64 where they are damaged or not UTF-8. */
function deadLetterOfBody({ body, isFinal, why }: FailedBody): DeadLetter {
  const text = body.isDamaged === true ? undefined : textOf(body.bytes);
  return {
    cause: text === undefined ? 'damaged' : 'body-set-aside',
    detail: isFinal === true ? why : `delivering it failed ${MAX_FAILURES} times: ${why}`,
    record: text ?? JSON.stringify(Buffer.from(body.bytes).toString('base64')),
    post: postOf(body),
  };
}

/** Bytes as text; `undefined` where they are not UTF-8, so that none of them is replaced. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
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
