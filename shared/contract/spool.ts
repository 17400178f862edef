import type { Ledger, OutcomeCounts, RedeliveredDeadLetters, SourceId } from './checkpoint';
import type { JsonObject } from './json';
import type { ColumnType } from './table';

/** The metadata of a post. */
export type PushMetadata = {
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  readonly contentType?: string;
  /** The name of the key that signed it. */
  readonly key?: string;
  /** Request metadata needed to parse the body later. A small JSON object. */
  readonly facts?: JsonObject;
};

/** A pushed body as received. */
export interface PushedBody extends PushMetadata {
  readonly bytes: Uint8Array;
  /** How many records it holds, as counted when it was accepted. */
  readonly records: number;
}

/** A body in the spool, identified by its place in its blob. */
export interface SpooledBody extends PushedBody {
  readonly place: number;
  /** The bytes differ from what was stored; or this is the rest of a damaged blob, which stands for all bodies stored there. */
  readonly isDamaged?: true;
}

/** Which bodies of a blob are still to be delivered. */
export interface RemainingBodies {
  /** The records of these bodies. */
  readonly records: number;
  /** Their places; absent for all bodies. Empty: the blob is finished and is deleted. */
  readonly left?: readonly number[];
  /** How often these bodies failed for a reason of their own. */
  readonly failures: number;
  /** When they last failed; ISO 8601, UTC. */
  readonly failedAt?: string;
  /** A newer version of the framework wrote the blob: it waits for that version. */
  readonly isNewer?: true;
}

/** A blob of the spool: bodies of one source that were stored together. */
export interface SpoolBlob extends RemainingBodies {
  readonly name: string;
  readonly bytes: number;
}

/** The message for a blob of a newer version, after its name. */
export const NEWER_VERSION =
  'was written by a newer version of Tributary. Run that version again; it waits until then, and the others are delivered.';

/** Why a source's spool is blocked although its bodies are sound. */
export interface Blocked {
  /** `table-missing`: the workspace has no stream for the table. `setting`: the operator must act. `unavailable`: it will pass. */
  readonly reason: 'table-missing' | 'setting' | 'unavailable';
  readonly message: string;
  /** Since when; ISO 8601, UTC. */
  readonly since: string;
  /** When it is retried: a trigger message is queued for then. ISO 8601, UTC. */
  readonly retryAt: string;
}

/**
 * The counters of a source's pushed records since its first. One blob, written conditionally under its lease. A version adds
 * members and never changes the meaning of one; members that it does not know are written back unchanged.
 */
export interface SpoolCounters extends OutcomeCounts {
  readonly version: 1;
  /**
   * The remaining bodies of each blob that these counters already include. It is saved in the same write as the counts, and
   * applied to the blobs afterwards. A crash between the two counts nothing twice.
   */
  readonly settled: Readonly<Record<string, RemainingBodies>>;
  /** Records delivered or dead, by the name of the key that signed them. */
  readonly keys: Readonly<Record<string, number>>;
  /** The columns that its records made, with their types. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly waiting?: Blocked;
  /** Hashes of the newest delivered bodies, oldest first. Only for a source that drops repeated bodies. */
  readonly remembered?: readonly string[];
  /** Dead letters counted as redelivered that may still be stored, because a redelivery was cut short. */
  readonly replayed?: RedeliveredDeadLetters;
}

export const EMPTY_COUNTERS: SpoolCounters = {
  version: 1,
  accepted: 0,
  duplicate: 0,
  filtered: 0,
  deadLettered: 0,
  settled: {},
  keys: {},
  columns: {},
};

/** Outcome counts under the names that stored counters, audit events and JSON give them. */
export type StoredOutcomes = {
  /** Records that the workspace accepted. */
  readonly delivered: number;
  /** Records kept as dead letters. */
  readonly dead: number;
  readonly duplicate: number;
  readonly filtered: number;
};

/** The names of {@link StoredOutcomes} never change, because earlier versions and users read them. */
export function storedOutcomes({
  accepted,
  deadLettered,
  duplicate,
  filtered,
}: OutcomeCounts): StoredOutcomes {
  return { delivered: accepted, dead: deadLettered, duplicate, filtered };
}

/** A spool's ledger in reports, health rows and the status: `stored = delivered + dead + duplicate + filtered + pending`. */
export type SpoolLedger = StoredOutcomes & {
  /** Records ever pushed. */
  readonly stored: number;
  readonly pending: number;
};

export function spoolLedger(ledger: Ledger): SpoolLedger {
  return { stored: ledger.fetched, ...storedOutcomes(ledger), pending: ledger.pending };
}

/** One source's spool, seen at one moment. */
export interface SpoolView {
  readonly counters: SpoolCounters;
  /** `fetched` counts the records ever pushed. */
  readonly ledger: Ledger;
  /** When its oldest pending body was stored; ISO 8601, UTC. */
  readonly oldest?: string;
  /**
   * What cannot be read or delivered, and what to do. If the counters are unreadable, the ledger counts pending records only.
   */
  readonly problem?: string;
}

/** One source's spool under lease. Only the holder removes bodies. */
export interface LeasedSpool {
  /** As last saved. */
  readonly counters: SpoolCounters;
  /** Aborts when the lease could not be renewed: another run may have begun, so this one must stop. */
  readonly leaseLost: AbortSignal;
  /**
   * Reads the remaining bodies of a blob. From a damaged place on, the rest is one body. `newer` where a newer version wrote it.
   * @throws UnavailableError
   */
  read(blob: SpoolBlob): Promise<SpooledBody[] | 'newer'>;
  /** Saves the counters, then applies `settled` to the blobs. @throws UnavailableError when the lease is lost */
  save(totals: SpoolCounters): Promise<void>;
  /** Releases the lease. Never throws. */
  release(): Promise<void>;
}

/** Pushed bodies that are stored and acknowledged but not yet delivered. */
export interface Spool {
  /**
   * Resolves when the body is durable: `triggered` when the trigger message was sent too; `stored` when that failed and `sweep` must
   * find it.
   * @throws UnavailableError when storage is unavailable, or the spool is full: the sender keeps its data
   */
  put(id: SourceId, body: PushedBody): Promise<'triggered' | 'stored'>;
  /** Every source that has counters or a pending body. */
  list(): AsyncIterable<SourceId>;
  /** True for a source that has counters or a pending body. Checked first, because a delivery creates the counters. */
  knows(id: SourceId): Promise<boolean>;
  /** Every source with a pending body. One storage request where there is none. @throws UnavailableError */
  pending(): AsyncIterable<SourceId>;
  /** Acquires the lease, and applies what the last holder committed and did not finish. */
  acquire(id: SourceId): Promise<LeasedSpool | 'busy'>;
  /** The blobs with remaining bodies, oldest first, without a lease. Blobs whose name no version writes are left out. */
  blobs(id: SourceId): AsyncIterable<SpoolBlob>;
  /** Reads without a lease. */
  view(id: SourceId): Promise<SpoolView>;
  /** Ends every lease. Only for an owner of the storage that knows that no run is alive. */
  breakLeases(): Promise<void>;
}
