import type { Clock, Log } from '../contract/run';
import type { SourceId } from '../contract/checkpoint';
import {
  NEWER_VERSION,
  type RemainingBodies,
  type SpoolBlob,
  type SpoolCounters,
  type SpooledBody,
} from '../contract/spool';
import type { FormattedBody, PushedRow } from './body-format';
import type { Refusal } from '../rows/send-rows';

/** A body that has failed this often for a reason of its own becomes a dead letter. */
export const MAX_BODY_FAILURES = 5;

/** A body and its blob. */
export interface ReadBody {
  readonly blob: SpoolBlob;
  readonly body: SpooledBody;
}

/** A body and its rows. */
export interface SentBody extends ReadBody {
  readonly formatted: FormattedBody;
}

/** A body that failed for a reason of its own. */
export interface FailedBody extends ReadBody {
  /** Never quotes the body. */
  readonly why: string;
  /** A retry would fail too. */
  readonly isFinal?: true;
}

/** The outcomes of a batch's bodies. */
export interface PushBatch {
  /** Sent, except for the rows that the workspace refuses even alone. */
  readonly sent: readonly { readonly item: SentBody; readonly refused: readonly Refusal<PushedRow>[] }[];
  readonly failed: readonly FailedBody[];
  /** Equal to a body that was sent before, where the source drops such. */
  readonly repeated: readonly ReadBody[];
}

/** Logs why each body failed, and which bodies became dead letters. */
export function logFailedBodies(
  { id, log, runId }: { readonly id: SourceId; readonly runId: string; readonly log: Log },
  { failed }: PushBatch,
): void {
  for (const one of failed) {
    const fields = { ...id, runId, blob: one.blob.name, records: one.body.records, reason: one.why };
    if (isQuarantinedBody(one)) log.error(fields, 'a pushed body becomes a dead letter');
    else log.warn(fields, 'a pushed body could not be delivered and is retried');
  }
}

/** Logs each blob that waits for a newer version. */
export function logNewerBlobs(
  { id, log, runId }: { readonly id: SourceId; readonly runId: string; readonly log: Log },
  newer: readonly SpoolBlob[],
): void {
  for (const { name, records } of newer)
    log.error(
      { ...id, runId, blob: name, records, reason: `${name} ${NEWER_VERSION}` },
      'pushed bodies wait for a newer version',
    );
}

/** What remains of each blob once the batch is committed; a blob of which nothing remains is deleted. */
export function remainingByBlob(
  blobs: readonly SpoolBlob[],
  { failed, newer }: Pick<PushBatch, 'failed'> & { readonly newer: readonly SpoolBlob[] },
  { clock }: { readonly clock: Clock },
): Readonly<Record<string, RemainingBodies>> {
  return Object.fromEntries(
    blobs.map((blob): [string, RemainingBodies] => {
      if (newer.includes(blob)) return [blob.name, keepForNewer(blob, clock)];
      const left = failed
        .filter((one) => one.blob === blob && !isQuarantinedBody(one))
        .map(({ body }) => body);
      if (left.length === 0) return [blob.name, { records: 0, left: [], failures: blob.failures }];
      const records = left.reduce((sum, body) => sum + body.records, 0);
      const places = left.map(({ place }) => place);
      const failedAt = clock.now().toISOString();
      return [blob.name, { records, left: places, failures: blob.failures + 1, failedAt }];
    }),
  );
}

/** Leaves the blob as it is, and looks at it again later. */
function keepForNewer({ failures, left, records }: SpoolBlob, clock: Clock): RemainingBodies {
  const kept = { records, failures, ...(left === undefined ? {} : { left }) };
  return { ...kept, failedAt: clock.now().toISOString(), isNewer: true };
}

/** Counts the records that need no further delivery by the name of the key that signed them. */
export function countKeys(
  keys: SpoolCounters['keys'],
  { failed, repeated, sent }: PushBatch,
): SpoolCounters['keys'] {
  const counts: Record<string, number> = { ...keys };
  const done = [...sent.map(({ item }) => item), ...repeated, ...failed.filter(isQuarantinedBody)];
  for (const { body } of done)
    if (body.key !== undefined) counts[body.key] = (counts[body.key] ?? 0) + body.records;
  return counts;
}

/** True for a body that is not retried again. */
export function isQuarantinedBody({ blob, isFinal }: FailedBody): boolean {
  return isFinal === true || blob.failures + 1 >= MAX_BODY_FAILURES;
}
