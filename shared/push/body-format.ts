import type { Json } from '../contract/json';
import type { DeadLetter } from '../contract/run';
import type { PushMetadata, PushedBody, SpoolCounters } from '../contract/spool';
import type { Encoded } from '../rows/batch';

/* The interface of the two formats of pushed bodies: data-collector/rows and webhook/rows. */

/** The record behind a row of a pushed body. */
export interface PushedRow {
  readonly record: Json;
  /** Present when its table has event ids. */
  readonly eventId?: string;
  /** The whole record, when the row was truncated. */
  readonly truncated?: DeadLetter;
}

/** The outcomes of a body's records. */
export interface FormattedBody {
  readonly rows: readonly Encoded<PushedRow>[];
  /** Records that no row could be made of. */
  readonly deadLetters: readonly DeadLetter[];
  /** Records that the source or a setting filtered. @default 0 */
  readonly filtered?: number;
  /** Records of which at least one value did not fit its column. @default 0 */
  readonly drifted?: number;
}

/** One record of a body, as a dead letter keeps it. */
export type NamedRecord = Pick<PushedRow, 'record' | 'eventId'>;

/** Formats bodies into rows. */
export interface BodyFormat {
  /** Formats a body; pauses as it goes. @throws anything, for a body that is not what its metadata says: that body alone fails */
  readonly format: (body: PushedBody) => Iterator<undefined, FormattedBody, undefined>;
  /** The records of a body; pauses too. @throws anything, as `format` does */
  readonly records: (
    body: Pick<PushedBody, 'bytes'> & PushMetadata,
  ) => Generator<undefined, readonly NamedRecord[], undefined>;
  /** Makes a row of one of them alone; pauses too. Never throws. */
  readonly row: (
    named: NamedRecord,
    post: PushMetadata,
  ) => Generator<undefined, Encoded<PushedRow> | { readonly deadLetter: DeadLetter } | 'filtered', undefined>;
  /** Every column made so far. */
  readonly columns: () => SpoolCounters['columns'];
}
