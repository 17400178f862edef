import { formatId, type OutcomeCounts, type SourceId } from '../../contract/checkpoint';
import {
  EMPTY_COUNTERS,
  storedOutcomes,
  type RemainingBodies,
  type SpoolBlob,
  type SpoolCounters,
  type SpoolView,
  type StoredOutcomes,
  type Blocked,
} from '../../contract/spool';
import { isReplayed } from '../state/stored-checkpoint';
import { isPathSegment } from '../../values/names';
import {
  isCount,
  isText,
  isTime,
  isTrue,
  listOf,
  mapOf,
  maybe,
  memberProblem,
  objectOf,
  oneOf,
  type StoredMembers,
} from '../../values/stored-checks';
import type { BlobForm } from '../leased-blob';
import { COLUMN_TYPES } from '../../contract/table';

/** The view of a spool. Pending records come from the blobs; for a blob in `settled`, from the counters. */
export function spoolView(
  totals: SpoolCounters,
  blobs: readonly SpoolBlob[],
  problems: readonly string[] = [],
): SpoolView {
  const pending = blobs
    .map((blob) => ({ name: blob.name, records: (totals.settled[blob.name] ?? blob).records }))
    .filter(({ records }) => records > 0);
  const sum = pending.reduce((count, { records }) => count + records, 0);
  const { accepted, deadLettered, duplicate, filtered } = totals;
  const oldest = pending[0] === undefined ? undefined : storedAt(pending[0].name);
  return {
    counters: totals,
    ledger: {
      fetched: accepted + duplicate + filtered + deadLettered + sum,
      ...{ accepted, duplicate, filtered, deadLettered, pending: sum },
    },
    ...(oldest === undefined ? {} : { oldest }),
    ...(problems.length === 0 ? {} : { problem: problems.join(' ') }),
  };
}

/** The time of storage in a blob's name; ISO 8601, UTC. */
export function storedAt(name: string): string | undefined {
  const [year, month, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)([\d.]+Z)/.exec(name)?.slice(1) ?? [];
  return second === undefined ? undefined : `${year}-${month}-${hour}:${minute}:${second}`;
}

const REMAINDER: StoredMembers<RemainingBodies> = {
  records: isCount,
  failures: isCount,
  failedAt: maybe(isTime),
  left: maybe(listOf(isCount)),
  isNewer: maybe(isTrue),
};

const WAITING: StoredMembers<Blocked> = { reason: isText, message: isText, since: isTime, retryAt: isTime };

/** The counters as their blob has them. */
type StoredCounters = Omit<SpoolCounters, keyof OutcomeCounts> & StoredOutcomes;

/** @see storedOutcomes */
export function fromStoredCounters({ dead, delivered, ...counters }: StoredCounters): SpoolCounters {
  return { ...counters, accepted: delivered, deadLettered: dead };
}

/** Keeps members that this version does not know. */
export function toStoredCounters({ accepted, deadLettered, ...others }: SpoolCounters): StoredCounters {
  const { duplicate, filtered } = others;
  return { ...others, ...storedOutcomes({ accepted, deadLettered, duplicate, filtered }) };
}

const EMPTY = toStoredCounters(EMPTY_COUNTERS);

/** Members that an earlier version did not write come from `EMPTY_COUNTERS`. */
const MEMBERS: StoredMembers<Omit<StoredCounters, 'version'>> = {
  delivered: isCount,
  dead: isCount,
  duplicate: maybe(isCount),
  filtered: maybe(isCount),
  settled: maybe(mapOf(objectOf<RemainingBodies>(REMAINDER), isPathSegment)),
  keys: maybe(mapOf(isCount)),
  columns: maybe(mapOf(oneOf(...COLUMN_TYPES), isPathSegment)),
  waiting: maybe(objectOf<Blocked>(WAITING)),
  remembered: maybe(listOf(isText)),
  replayed: maybe(isReplayed),
};

/** The form of the counters of a source's spool. */
export function countersForm(id: SourceId): BlobForm<StoredCounters> {
  return {
    what: `the counters of the spool of ${formatId(id)}`,
    empty: EMPTY,
    defaults: EMPTY,
    problemOf: (value) => memberProblem(value, MEMBERS, 1),
    mend: 'It is not treated as empty: restore a version of the blob that the storage account keeps, or remove it, and the counts begin again. Until then pushed records wait.',
  };
}
