import type { Clock, Log } from '../contract/run';
import type { SourceId } from '../contract/checkpoint';
import {
  NEWER_WAITS,
  type Remainder,
  type SpoolBlob,
  type SpoolTotals,
  type SpooledBody,
} from '../contract/spool';
import type { FormattedBody, PushedRow } from './data-collector/rows';
import type { Refusal } from '../rows/send';

/** A body that has failed so often for a reason of its own is kept as a dead letter. */
export const MAX_FAILURES = 5;

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

/** True of a body that failed for the last time. */
export function isSetAside({ blob, isFinal }: FailedBody): boolean {
  return isFinal === true || blob.failures + 1 >= MAX_FAILURES;
}
