import type { Json } from '../contract/json';
import type { DeadLetter } from '../contract/run';
import type { Post, PushedBody, SpoolCounters } from '../contract/spool';
import type { Encoded } from '../rows/batch';

/* What delivery asks of either way to format a pushed body: data-collector/rows and webhook/rows. */

/** The record behind a row of a pushed body. */
export interface PushedRow {
  readonly record: Json;
  /** Present where its table has event ids. */
  readonly eventId?: string;
  /** Set when the row holds less than its record. */
  readonly truncated?: DeadLetter;
}

/** What a body's records became. */
export interface FormattedBody {
  readonly rows: readonly Encoded<PushedRow>[];
  /** Records that no row could be made of. */
  readonly letters: readonly DeadLetter[];
  /** Records that the source or a setting filtered. @default 0 */
  readonly filtered?: number;
  /** Records of which at least one value did not fit its column. @default 0 */
  readonly drifted?: number;
}

/** One record of a body, as a dead letter keeps it. */
export type NamedRecord = Pick<PushedRow, 'record' | 'eventId'>;

/** Makes rows of bodies. */
export interface BodyFormat {
  /** Formats a body; pauses as it goes. @throws anything, for a body that is not what its metadata says: that body alone fails */
  readonly format: (body: PushedBody) => Iterator<undefined, FormattedBody, undefined>;
  /** The records of a body; pauses too. @throws anything, as `format` does */
  readonly records: (
    body: Pick<PushedBody, 'bytes'> & Post,
  ) => Generator<undefined, readonly NamedRecord[], undefined>;
  /** Makes a row of one of them alone; pauses too. Never throws. */
  readonly row: (
    named: NamedRecord,
    post: Post,
  ) => Generator<undefined, Encoded<PushedRow> | { readonly letter: DeadLetter } | 'filtered', undefined>;
  /** Every column that was made so far. */
  readonly columns: () => SpoolCounters['columns'];
}
