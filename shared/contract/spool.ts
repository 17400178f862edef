import type { RedeliveredDeadLetters, SourceId } from './checkpoint';
import type { JsonObject } from './json';
import type { ColumnType } from './table';

/** What is known of a post beside what it holds. */
export type Post = {
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  readonly contentType?: string;
  /** The name of the key that it was signed with. */
  readonly key?: string;
  /** What its way in must know to read it again: small, JSON. */
  readonly facts?: JsonObject;
};

/** A body that was pushed, as it came in. */
export interface PushedBody extends Post {
  readonly bytes: Uint8Array;
  /** How many records it holds, as counted when it was taken. */
  readonly records: number;
}

/** A body in the spool: its place in its blob names it. */
export interface SpooledBody extends PushedBody {
  readonly place: number;
  /** Its bytes are not those that were stored; or all that is left of a blob from where it is damaged: of as many bodies as were stored there. */
  readonly isDamaged?: true;
}

/** What is left to deliver of a blob, beside the bodies themselves. */
export interface RemainingBodies {
  /** Records of the bodies that are left. */
  readonly records: number;
  /** Places of the bodies that are left; absent: all of them. Empty: the blob is done with, and goes. */
  readonly left?: readonly number[];
  /** How often what is left has failed for a reason of its own. */
  readonly failures: number;
  /** When it last did; ISO 8601, UTC. */
  readonly failedAt?: string;
  /** A newer version of the framework wrote it: it waits for that one. */
  readonly isNewer?: true;
}

/** A blob of the spool: bodies of one source that were stored together. */
export interface SpoolBlob extends RemainingBodies {
  readonly name: string;
  readonly bytes: number;
}

/** What is said of a blob that a newer version wrote, behind its name. */
export const NEWER_VERSION =
  'was written by a newer version of Tributary. Run that version again; it waits until then, and the others are delivered.';

/** Why a source's spool stands still though nothing is wrong with what it holds. */
export interface Blocked {
  /** `table-missing`: the workspace has no stream for it. `setting`: the operator must act. `unavailable`: time does. */
  readonly reason: 'table-missing' | 'setting' | 'unavailable';
  readonly message: string;
  /** Since when; ISO 8601, UTC. */
  readonly since: string;
  /** When it is tried again; a wake-up is on its way for then. ISO 8601, UTC. */
  readonly retryAt: string;
}

/**
 * What became of a source's pushed records since its first. One blob, written in one conditional write under its
 * lease. A version of the framework adds members and never changes the meaning of one; those it does not know it
 * carries on.
 */
export interface SpoolCounters {
  readonly version: 1;
  /** Records taken by the workspace. */
  readonly delivered: number;
  /** Records kept as dead letters. */
  readonly dead: number;
  /** Records of repeated bodies, where the source wants such dropped. */
  readonly duplicate: number;
  /** Records turned away by the source's `keep` or by a DROP setting. */
  readonly filtered: number;
  /**
   * What the blobs are now that these totals count: written in the same write as the counts, and only then done to
   * the blobs themselves, so that nothing is counted twice and nothing twice left to count.
   */
  readonly settled: Readonly<Record<string, RemainingBodies>>;
  /** Records delivered or dead, by the name of the key they were signed with. */
  readonly keys: Readonly<Record<string, number>>;
  /** The columns that its records have made, with their types. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly waiting?: Blocked;
  /** Hashes of the newest bodies that were sent, oldest first; only where repeated ones are dropped. */
  readonly remembered?: readonly string[];
  /** Letters that these totals count as replayed and that may still be kept: what a replay that was cut short left. */
  readonly replayed?: RedeliveredDeadLetters;
}

export const EMPTY_COUNTERS: SpoolCounters = {
  version: 1,
  delivered: 0,
  dead: 0,
  filtered: 0,
  duplicate: 0,
  settled: {},
  keys: {},
  columns: {},
};

/** Where every pushed record is: `stored = delivered + dead + duplicate + filtered + pending`. */
export type SpoolLedger = {
  readonly stored: number;
  readonly delivered: number;
  readonly filtered: number;
  readonly dead: number;
  readonly duplicate: number;
  readonly pending: number;
};

/** One source's spool, seen at one moment. */
export interface SpoolView {
  readonly counters: SpoolCounters;
  readonly ledger: SpoolLedger;
  /** When its oldest pending body was stored; ISO 8601, UTC. */
  readonly oldest?: string;
  /**
   * What of it cannot be read or delivered, and what to do. Where that is its totals, the view counts what is pending
   * alone.
   */
  readonly problem?: string;
}

/** One source's spool under lease: only the holder takes out of it. */
export interface LeasedSpool {
  /** The last ones saved. */
  readonly counters: SpoolCounters;
  /** Aborts when the lease could not be renewed: another run may go on, so this one must stop. */
  readonly leaseLost: AbortSignal;
  /**
   * The bodies that are left in a blob; from where it is damaged on, what is left of it as one body. `newer` where a
   * newer version of the framework wrote it.
   * @throws UnavailableError
   */
  read(blob: SpoolBlob): Promise<SpooledBody[] | 'newer'>;
  /** Saves the totals, then does to the blobs what they say is settled. @throws UnavailableError when the lease is lost */
  save(totals: SpoolCounters): Promise<void>;
  /** Gives the lease back. Never throws. */
  release(): Promise<void>;
}

/** Pushed bodies that are stored and acknowledged but not yet delivered. */
export interface Spool {
  /**
   * Resolves when the body is durable: `woken` when its delivery has been asked for too; `stored` when that failed,
   * so that `sweep` finds it.
   * @throws UnavailableError when storage is not there, or holds as much as it may: the caller keeps its data
   */
  put(id: SourceId, body: PushedBody): Promise<'woken' | 'stored'>;
  /** Every source that ever had a delivery, or has a body waiting for its first. */
  list(): AsyncIterable<SourceId>;
  /** True where something was ever delivered of it, or is in its spool: a delivery of any other would make it be one. */
  knows(id: SourceId): Promise<boolean>;
  /** Every source that a body waits of. One request to storage where none does. @throws UnavailableError */
  pending(): AsyncIterable<SourceId>;
  /** Takes the lease, and does what the last holder settled and did not get done. */
  acquire(id: SourceId): Promise<LeasedSpool | 'busy'>;
  /** Every blob that something is left of, oldest first; without a lease. Never one whose name no version writes. */
  blobs(id: SourceId): AsyncIterable<SpoolBlob>;
  /** Reads without a lease. */
  view(id: SourceId): Promise<SpoolView>;
  /** Ends every lease. Only for whoever owns the storage and knows that no run is alive. */
  breakLeases(): Promise<void>;
}
