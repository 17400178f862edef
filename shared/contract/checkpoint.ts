import type { SettingError } from './errors';
import type { JsonObject } from './json';
import type { LatenessHistogram, StoredDedupIndex, WindowPlan } from './windows';

/** Names one source of one instance of one connector: the unit of leases, checkpoints and runs. */
export interface SourceId {
  readonly connector: string;
  readonly instance: string;
  readonly source: string;
  /** A part of a backfill of the source, `<backfill>.<number>`, with a lease, a checkpoint and a ledger of its own. */
  readonly part?: string;
}

/** `acme/alerts`, `acme/alerts@eu` for a named instance, and a part behind `#`: how people write a {@link SourceId}. */
export function formatId({ connector, instance, part, source }: SourceId): string {
  const name = instance === 'default' ? `${connector}/${source}` : `${connector}/${source}@${instance}`;
  return part === undefined ? name : `${name}#${part}`;
}

/** Where every record ended: `fetched = accepted + duplicate + filtered + deadLettered + pending`. */
export interface Ledger {
  /** Read from the vendor. */
  readonly fetched: number;
  /** Taken by the workspace. Not yet proof that they are stored. */
  readonly accepted: number;
  /** Delivered before: the same id at the same event time. */
  readonly duplicate: number;
  /** Turned away by the source's `keep` or by a DROP setting. */
  readonly filtered: number;
  /** Kept as a dead letter, because no row could be made of it or no call could hold it. */
  readonly deadLettered: number;
  /** Read but not accepted when the run ended; zero in a saved checkpoint. */
  readonly pending: number;
}

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

/** True when every record that was fetched ended in exactly one count. */
export function isBalanced(ledger: Ledger): boolean {
  return (
    ledger.fetched ===
    ledger.accepted + ledger.duplicate + ledger.filtered + ledger.deadLettered + ledger.pending
  );
}

/** The vendor's account that something was read from: a hash of each setting that names it, by the setting's key; of no secret. */
export type Account = Readonly<Record<string, string>>;

/** The ids delivered at the newest event time: what a read from an inclusive lower bound will show again. */
export interface WatermarkIds {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly ids: readonly string[];
}

/** Event time that nobody delivered, because the vendor did not keep it any more when the source came to it; ISO 8601, UTC. */
export interface GoneSpan {
  readonly from: string;
  readonly to: string;
  /** The events of it that are gone, where the vendor keeps the others for longer. */
  readonly what?: string;
  /** It was gone before the source first ran: nothing was missed. */
  readonly atStart?: true;
}

/**
 * How far a source has been delivered, with the ledger's totals. One blob, written in one conditional
 * write. A version of the framework adds members and never changes the meaning of one, so that the
 * version before it can read what it wrote; members it does not know it carries on.
 */
export interface Checkpoint {
  readonly version: 1;
  /** What only the source understands; `null` before the first page was delivered. */
  readonly position: JsonObject | null;
  /** Absent before the first row with an event time. */
  readonly boundary?: WatermarkIds;
  readonly ledger: Ledger;
  /** Where a source without a position begins; fixed by its first run. ISO 8601, UTC. */
  readonly startFrom?: string;
  /** True when the last run stopped before the vendor had nothing newer: `sweep` looks for these. */
  readonly unfinished?: boolean;
  /** When this was written; ISO 8601, UTC. */
  readonly savedAt?: string;
  /** Of a source that is read in windows. Its position is then where a version without windows would go on. */
  readonly windows?: WindowPlan;
  readonly lag?: LatenessHistogram;
  readonly seen?: StoredDedupIndex;
  /** Whose it is. Absent before the first run of a version that knows of it. */
  readonly account?: Account;
  /** True once an answer of the source has named a next page; absent before, and in states of earlier versions. */
  readonly nextKnown?: boolean;
  /** What the vendor did not keep any more; absent where nothing is gone. */
  readonly gone?: readonly GoneSpan[];
  /** How the page that comes next has failed so far; absent once it is delivered. */
  readonly failing?: FailureStreak;
  /** Letters that this ledger counts as replayed and that may still be kept: what a replay that was cut short left. */
  readonly replayed?: RedeliveredDeadLetters;
}

/** Letters of one page, by their ids. */
export interface RedeliveredDeadLetters {
  /** The name under which the page is kept. */
  readonly page: string;
  readonly letters: readonly string[];
}

/** How a page has failed for a reason of its own, run after run. */
export interface FailureStreak {
  /** The class and the message, without the digits in it. */
  readonly error: string;
  readonly times: number;
  /** The first time; ISO 8601, UTC. */
  readonly since: string;
}

/** What a source starts from: never ran. */
export const EMPTY_CHECKPOINT: Checkpoint = { version: 1, position: null, ledger: EMPTY_LEDGER };

/** A checkpoint under lease: only the holder can write it. */
export interface LeasedCheckpoint {
  /** The last one saved. */
  readonly checkpoint: Checkpoint;
  /** What was stored when the lease was acquired: for callers that keep a copy. */
  readonly text?: string;
  /** Why that could not be read, where it was taken all the same. */
  readonly problem?: string;
  /** What an operator is told of a checkpoint that only its source finds damaged: the blob, why, and what to do. */
  readonly damaged?: (problem: string) => SettingError;
  /** Aborts when the lease could not be renewed: another run may go on, so this one must stop. */
  readonly leaseLost: AbortSignal;
  /** Replaces the checkpoint in one conditional write. @throws UnavailableError when the lease is lost or the blob is newer */
  save(next: Checkpoint): Promise<void>;
  /** Gives the lease back. Never throws: a lease that is not given back ends by itself within a minute. */
  release(): Promise<void>;
}

/** A part of a backfill that somebody has begun. */
export interface SliceLease {
  readonly number: number;
  readonly isLeased: boolean;
}

/** Where checkpoints live. */
export interface CheckpointStore {
  /**
   * Takes the lease of a source, creating its explicit empty checkpoint where there is none.
   * @returns `busy` when another run holds it
   * @throws UnavailableError when storage is not there
   * @param options `evenDamaged`: for whoever is about to replace it; a damaged one is then held as the empty state
   * @throws SettingError when the stored checkpoint is damaged: it is never taken for a first run
   */
  acquire(id: SourceId, options?: { readonly evenDamaged?: boolean }): Promise<LeasedCheckpoint | 'busy'>;
  /** Reads without a lease; `undefined` when the source never ran. */
  read(id: SourceId): Promise<Checkpoint | undefined>;
  /** Every source that ever ran. */
  list(): AsyncIterable<SourceId>;
  /** The parts of a backfill that were begun, and whether somebody holds them. @throws UnavailableError */
  sliceLeases(id: SourceId, backfill: string): Promise<readonly SliceLease[]>;
  /** Ends the lease of every source and of every backfill slice. Only for an owner of the storage that knows that no run is alive. */
  breakLeases(): Promise<void>;
}
