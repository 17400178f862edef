import type { Clock, DeadLetter, DeadLetters, Log } from '../contract/run';
import type { SourceId } from '../contract/checkpoint';
import {
  NEWER_WAITS,
  type Post,
  type Remainder,
  type SpoolBlob,
  type SpoolTotals,
  type SpooledBody,
} from '../contract/spool';
import { inPieces } from '../values/in-pieces';
import type { FormattedBody, PushedRow } from './data-collector/rows';
import { letter } from '../rows/row';
import type { Refusal } from '../rows/send';

/** A body that has failed so often for a reason of its own is kept as a dead letter. */
const MAX_FAILURES = 5;

/** A body, beside its blob. */
export interface Taken {
  readonly blob: SpoolBlob;
  readonly body: SpooledBody;
}

/** A body on its way. */
export interface Item extends Taken {
  readonly formatted: FormattedBody;
}

/** A body that failed for a reason of its own. */
export interface FailedBody extends Taken {
  /** Never quotes the body. */
  readonly why: string;
  /** No other attempt will end otherwise. */
  readonly isFinal?: true;
}

/** What became of a round's bodies. */
export interface Round {
  /** Sent, but for the rows that the workspace does not take even alone. */
  readonly sent: readonly { readonly item: Item; readonly refused: readonly Refusal<PushedRow>[] }[];
  readonly failed: readonly FailedBody[];
  /** Like a body that was sent before, where the source wants such dropped. */
  readonly repeated: readonly Taken[];
}

/** What became of a round's records. */
export interface RoundCounts {
  readonly accepted: number;
  readonly deadLettered: number;
  readonly duplicate: number;
  readonly filtered: number;
  /** Of those accepted: at least one value did not fit its column. */
  readonly drifted: number;
}

/** Makes a round's dead letters durable, in one blob, and counts what became of every record. */
export async function bury(
  { failed, repeated, sent }: Round,
  run: { readonly id: SourceId; readonly runId: string; readonly deadLetters: DeadLetters },
  round: number,
): Promise<RoundCounts> {
  const letters: DeadLetter[] = [];
  let [accepted, deadLettered, filtered, drifted] = [0, 0, 0, 0];
  for (const { item, refused } of sent) {
    const { letters: own, rows, ...told } = item.formatted;
    const isRefused = new Set(refused.map(({ row }) => row));
    const truncated = rows.flatMap(({ row }) =>
      isRefused.size > 0 && isRefused.has(row) ? [] : (row.truncated ?? []),
    );
    const post = postOf(item.body);
    for (const one of own) letters.push({ ...one, post });
    for (const { cause, detail, row } of refused)
      letters.push({ ...(await inPieces(letter(cause, detail, row.record, row.eventId))), post });
    for (const one of truncated) letters.push({ ...one, post });
    deadLettered += own.length + refused.length;
    filtered += told.filtered ?? 0;
    drifted += told.drifted ?? 0;
    accepted += item.body.records - own.length - refused.length - (told.filtered ?? 0);
  }
  for (const one of failed.filter(isSetAside)) {
    letters.push(letterOf(one));
    deadLettered += one.body.records;
  }
  if (letters.length > 0) await run.deadLetters.put(run.id, { runId: run.runId, page: round }, letters);
  const duplicate = repeated.reduce((sum, { body }) => sum + body.records, 0);
  return { accepted, deadLettered, duplicate, filtered, drifted };
}

/** The letter of a body. Of damaged bytes nothing can be known: they are kept as they are, as is what is no text. */
function letterOf({ body, isFinal, why }: FailedBody): DeadLetter {
  const text = body.isDamaged === true ? undefined : textOf(body.bytes);
  return {
    cause: text === undefined ? 'damaged' : 'body-set-aside',
    detail: isFinal === true ? why : `delivering it failed ${MAX_FAILURES} times: ${why}`,
    record: text ?? JSON.stringify(Buffer.from(body.bytes).toString('base64')),
    post: postOf(body),
  };
}

/** Bytes as the text that they are; `undefined` where they are none, so that nothing of them is lost. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Says of each body that failed why, and of one that was set aside that it was. */
export function tellFailed(
  { id, log, runId }: { readonly id: SourceId; readonly runId: string; readonly log: Log },
  { failed }: Round,
): void {
  for (const one of failed) {
    const fields = { ...id, runId, blob: one.blob.name, records: one.body.records, reason: one.why };
    if (isSetAside(one)) log.error(fields, 'a body that was pushed is set aside as a dead letter');
    else log.warn(fields, 'a body that was pushed could not be delivered; it is tried again');
  }
}

/** Says of each blob that waits for a newer version that it does. */
export function tellNewer(
  { id, log, runId }: { readonly id: SourceId; readonly runId: string; readonly log: Log },
  newer: readonly SpoolBlob[],
): void {
  for (const { name, records } of newer)
    log.error(
      { ...id, runId, blob: name, records, reason: `${name} ${NEWER_WAITS}` },
      'what was pushed waits for a newer version',
    );
}

/** What each blob of a round is from now on: gone, or what is left of it. */
export function settle(
  blobs: readonly SpoolBlob[],
  { failed, newer }: Pick<Round, 'failed'> & { readonly newer: readonly SpoolBlob[] },
  { clock }: { readonly clock: Clock },
): Readonly<Record<string, Remainder>> {
  return Object.fromEntries(
    blobs.map((blob): [string, Remainder] => {
      if (newer.includes(blob)) return [blob.name, waitsForNewer(blob, clock)];
      const left = failed.filter((one) => one.blob === blob && !isSetAside(one)).map(({ body }) => body);
      if (left.length === 0) return [blob.name, { records: 0, left: [], failures: blob.failures }];
      const records = left.reduce((sum, body) => sum + body.records, 0);
      const places = left.map(({ place }) => place);
      const failedAt = clock.now().toISOString();
      return [blob.name, { records, left: places, failures: blob.failures + 1, failedAt }];
    }),
  );
}

/** It is as it was, and looked at again after a while. */
function waitsForNewer({ failures, left, records }: SpoolBlob, clock: Clock): Remainder {
  const kept = { records, failures, ...(left === undefined ? {} : { left }) };
  return { ...kept, failedAt: clock.now().toISOString(), isNewer: true };
}

/** Records that are done with, by the name of the key they were signed with. */
export function countKeys(keys: SpoolTotals['keys'], { failed, repeated, sent }: Round): SpoolTotals['keys'] {
  const counts: Record<string, number> = { ...keys };
  const done = [...sent.map(({ item }) => item), ...repeated, ...failed.filter(isSetAside)];
  for (const { body } of done)
    if (body.key !== undefined) counts[body.key] = (counts[body.key] ?? 0) + body.records;
  return counts;
}

/** What a letter keeps of the post, so that its record can be read again as it would have been. */
function postOf({ contentType, facts, key, receivedAt }: SpooledBody): Post {
  return {
    receivedAt,
    ...(contentType === undefined ? {} : { contentType }),
    ...(key === undefined ? {} : { key }),
    ...(facts === undefined ? {} : { facts }),
  };
}

/** True of a body that failed for the last time. */
export function isSetAside({ blob, isFinal }: FailedBody): boolean {
  return isFinal === true || blob.failures + 1 >= MAX_FAILURES;
}
