import type { SettingError } from './errors';
import type { JsonObject } from './json';
import type { LatenessHistogram, StoredDedupIndex, WindowPlan } from './windows';

/** Names one source of one instance of one connector: the unit of leases, checkpoints and runs. */
export interface SourceId {
  readonly connector: string;
  readonly instance: string;
  readonly source: string;
  /** A backfill slice of the source, `<backfill>.<number>`. It has its own lease, checkpoint and ledger. */
  readonly part?: string;
}

/** A {@link SourceId} as people write it: `acme/alerts`, `acme/alerts@eu` for a named instance, `acme/alerts#<slice>`. */
export function formatId({ connector, instance, part, source }: SourceId): string {
  const name = instance === 'default' ? `${connector}/${source}` : `${connector}/${source}@${instance}`;
  return part === undefined ? name : `${name}#${part}`;
}

/** Where every record ended: `fetched = accepted + duplicate + filtered + deadLettered + pending`. */
export interface Ledger {
  /** Read from the vendor. */
  readonly fetched: number;
  /** Accepted by the workspace, which does not yet prove that they are stored. */
  readonly accepted: number;
  /** Delivered before: the same id at the same event time. */
  readonly duplicate: number;
  /** Filtered out by the source's `keep` or by a DROP setting. */
  readonly filtered: number;
  /** Stored as dead letters, because they do not make a row or do not fit one call. */
  readonly deadLettered: number;
  /** Read but not accepted when the run ended; zero in a saved checkpoint. */
  readonly pending: number;
}

/**
 * What becomes of a record. Each ends as exactly one of these, and counts as `pending` until then. Stored counters and
 * JSON of pushed records use older names for two of them: see {@link storedOutcomes}.
 */
export type RecordOutcome = Exclude<keyof Ledger, 'fetched' | 'pending'>;

/** How many records had each outcome. */
export type OutcomeCounts = Pick<Ledger, RecordOutcome>;

export const EMPTY_LEDGER: Ledger = {
  fetched: 0,
  accepted: 0,
  duplicate: 0,
  filtered: 0,
  deadLettered: 0,
  pending: 0,
};

/** The sum of two ledgers, count by count. */
export function addLedgers(a: Ledger, b: Ledger): Ledger {
  return {
    fetched: a.fetched + b.fetched,
    accepted: a.accepted + b.accepted,
    duplicate: a.duplicate + b.duplicate,
    filtered: a.filtered + b.filtered,
    deadLettered: a.deadLettered + b.deadLettered,
    pending: a.pending + b.pending,
  };
}

/** True when every fetched record is in exactly one count. */
export function isBalanced(ledger: Ledger): boolean {
  return (
    ledger.fetched ===
    ledger.accepted + ledger.duplicate + ledger.filtered + ledger.deadLettered + ledger.pending
  );
}

/** The vendor account that something was read from: a hash of each setting that identifies it, by the setting's key. Secrets are not included. */
export type Account = Readonly<Record<string, string>>;

/** The ids delivered at the newest event time. A read from an inclusive lower bound shows them again. */
export interface WatermarkIds {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly ids: readonly string[];
}

/** A range of event time that was never delivered, because the vendor no longer kept it when the source reached it; ISO 8601, UTC. */
export interface GoneSpan {
  readonly from: string;
  readonly to: string;
  /** The kind of events that are gone, when the vendor keeps the others for longer. */
  readonly what?: string;
  /** It was gone before the source first ran, so the source missed nothing. */
  readonly atStart?: true;
}

/**
 * How far a source has been delivered, with the totals of its ledger. One blob, written in one conditional write. A later
 * version may add members and never changes the meaning of one, so that the version before can read the blob. Unknown
 * members are written back unchanged.
 */
export interface Checkpoint {
  readonly version: 1;
  /** JSON that only the source understands; `null` before the first delivered page. */
  readonly position: JsonObject | null;
  /** The watermark: the newest event time and its ids. Absent before the first row with an event time. */
  readonly boundary?: WatermarkIds;
  readonly ledger: Ledger;
  /** Where a source without a position begins. Its first run fixes it. ISO 8601, UTC. */
  readonly startFrom?: string;
  /** True when the last run stopped although the vendor had more. `sweep` continues these. */
  readonly unfinished?: boolean;
  /** When this was written; ISO 8601, UTC. */
  readonly savedAt?: string;
  /** For a source that is read in windows. `position` then tells a version without windows where to continue. */
  readonly windows?: WindowPlan;
  /** The lateness learned so far. */
  readonly lag?: LatenessHistogram;
  /** The segments of the dedup index. */
  readonly seen?: StoredDedupIndex;
  /** The vendor account. Absent in checkpoints of versions that did not record it. */
  readonly account?: Account;
  /** True once an answer of the source named a next page. Absent before, and in checkpoints of earlier versions. */
  readonly nextKnown?: boolean;
  /** The ranges that the vendor no longer kept. Absent when there are none. */
  readonly gone?: readonly GoneSpan[];
  /** The failures of the next page so far. Absent once it is delivered. */
  readonly failing?: FailureStreak;
  /** Dead letters that this ledger counts as redelivered and that may still be stored, because a redelivery was cut short. */
  readonly replayed?: RedeliveredDeadLetters;
}

/** Dead letters of one page, by id. */
export interface RedeliveredDeadLetters {
  /** The name of the page's blob. */
  readonly page: string;
  readonly letters: readonly string[];
}

/** Consecutive failures of one page for a reason of its own. */
export interface FailureStreak {
  /** The class and the message, without the digits in it. */
  readonly error: string;
  readonly times: number;
  /** The first time; ISO 8601, UTC. */
  readonly since: string;
}

/** The checkpoint of a source that never ran. */
export const EMPTY_CHECKPOINT: Checkpoint = { version: 1, position: null, ledger: EMPTY_LEDGER };

/** A checkpoint under lease. Only the holder can write it. */
export interface LeasedCheckpoint {
  /** As last saved. */
  readonly checkpoint: Checkpoint;
  /** The stored text when the lease was acquired, for callers that keep a copy. */
  readonly text?: string;
  /** Why the stored text is damaged. Only with `evenDamaged`. */
  readonly problem?: string;
  /** Makes the error for a checkpoint that only its source recognizes as damaged: the blob, the problem, the remedy. */
  readonly damaged?: (problem: string) => SettingError;
  /** Aborts when the lease could not be renewed: another run may have begun, so this one must stop. */
  readonly leaseLost: AbortSignal;
  /** Replaces the checkpoint in one conditional write. @throws UnavailableError when the lease is lost or the blob is newer */
  save(next: Checkpoint): Promise<void>;
  /** Releases the lease. Never throws: an unreleased lease expires within a minute. */
  release(): Promise<void>;
}

/** A backfill slice that has a checkpoint. */
export interface SliceLease {
  readonly number: number;
  readonly isLeased: boolean;
}

/** The store of checkpoints. */
export interface CheckpointStore {
  /**
   * Acquires the lease of a source. Creates its explicit empty checkpoint if it has none.
   * @param options `evenDamaged`: accepts a damaged checkpoint as the empty one, for callers that replace it
   * @returns `busy` when another run holds the lease
   * @throws UnavailableError when storage is unavailable
   * @throws SettingError when the stored checkpoint is damaged. It is not treated as a first run
   */
  acquire(id: SourceId, options?: { readonly evenDamaged?: boolean }): Promise<LeasedCheckpoint | 'busy'>;
  /** Reads without a lease; `undefined` when the source never ran. */
  read(id: SourceId): Promise<Checkpoint | undefined>;
  /** Every source that ever ran. */
  list(): AsyncIterable<SourceId>;
  /** The started slices of a backfill, and whether each is leased. @throws UnavailableError */
  sliceLeases(id: SourceId, backfill: string): Promise<readonly SliceLease[]>;
  /** Ends the lease of every source and of every backfill slice. Only for an owner of the storage that knows that no run is alive. */
  breakLeases(): Promise<void>;
}
