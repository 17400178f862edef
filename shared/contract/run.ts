import type { BudgetUse } from './budget';
import type { GoneSpan, Ledger, SourceId } from './checkpoint';
import type { PushMetadata, SpoolLedger } from './spool';

/**
 * How a run ended:
 * - `caught-up`: the vendor has nothing newer.
 * - `out-of-time`: it stopped after a page, or a wait for its rate budget or its vendor outlasts the run. A trigger message
 *   continues it.
 * - `late`: as `out-of-time`, and the source has now waited for longer than its schedule.
 * - `busy`: another run holds the lease.
 * - `paused`: an operator paused the source, or the backfill.
 * - `failed`: see its error.
 */
export type Outcome = 'caught-up' | 'out-of-time' | 'late' | 'busy' | 'paused' | 'failed';

/** The report of one run of one source. Its ledger counts this run alone. */
export interface RunReport extends SourceId, Ledger {
  readonly runId: string;
  readonly table: string;
  readonly pages: number;
  /** Records of which at least one value did not fit its column. */
  readonly drifted: number;
  /** Columns of rows that the stream does not accept yet. Their values are in `AdditionalFields`. */
  readonly leftColumns?: readonly string[];
  /** Delivered records beyond what the dedup index holds. A later pass may send them twice. */
  readonly unremembered?: number;
  /** Partitions that were listed and not read, because there are too many. */
  readonly leftPartitions?: number;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly outcome: Outcome;
  /** The range of event times of the rows that were accepted; ISO 8601, UTC. */
  readonly oldest?: string;
  readonly newest?: string;
  /** Of a delivery of pushed records: the ledger of its source's spool. */
  readonly spool?: SpoolLedger;
  /** The range of event times that is covered: all that the vendor showed of it is delivered, by this run or an earlier one. */
  readonly coveredFrom?: string;
  readonly coveredTo?: string;
  /** Pages that were not oldest first although their source declares it. Absent for none. */
  readonly outOfOrder?: number;
  /** Pages that the vendor may have cut without saying so. Absent for none. */
  readonly mayBeCut?: number;
  /** Windows that this run finished in a later pass or in a backfill. Absent for none. */
  readonly windowsDone?: number;
  /** Event time that the vendor no longer keeps, which the run skipped. Absent for none. */
  readonly gone?: readonly GoneSpan[];
  /** Quarantined pages or bodies: they failed five times and are dead letters. Absent for none. */
  readonly setAside?: number;
  /** What it used of the rate budget of the vendor's account. Absent where it sent no request. */
  readonly budget?: BudgetUse;
  /** When the source continues, for a run that ended because a wait outlasts it; ISO 8601, UTC. */
  readonly resumeAt?: string;
  /** A sentence: what it waits for, and until when. */
  readonly waitsFor?: string;
  /**
   * For a run that had to wait and delivered nothing: the start of the first run in a row that waited or failed; ISO 8601,
   * UTC. Once this is longer ago than the source's schedule the run is `late`; an hour later it is `failed`.
   */
  readonly waitingSince?: string;
  /**
   * For a failed run of live collection: the start of the first run in a row that failed, or waited and delivered nothing;
   * ISO 8601, UTC. Absent where the previous report cannot be read.
   */
  readonly failingSince?: string;
  /**
   * How many runs of live collection in a row, this one included, made no progress: they stopped midway, delivered nothing new,
   * finished no window and covered no more time. Each triggers the next after a longer wait; the seventh leaves it to the timer.
   */
  readonly withoutProgress?: number;
  /** The start of the last run that made progress; ISO 8601, UTC. Absent where there was none. */
  readonly progressAt?: string;
  /** The class and the message of the error that ended a failed run, or made one late. */
  readonly error?: { readonly name: string; readonly message: string };
}

/** A record kept because no row could be made of it, or because the row does not hold all of it. */
export interface DeadLetter {
  readonly cause:
    | 'not-an-object'
    | 'too-deep'
    | 'too-large'
    | 'not-encodable'
    | 'refused'
    | 'page-set-aside'
    | 'body-set-aside'
    | 'record-set-aside'
    | 'damaged'
    | 'truncated';
  /** One sentence: what was wrong, where. Never the record's content. */
  readonly detail: string;
  readonly eventId?: string;
  /** The record as JSON text. For `damaged`: its bytes in Base64, as a JSON string. */
  readonly record: string;
  /** The post that a pushed record came in. Absent in dead letters of the first versions. */
  readonly post?: PushMetadata;
}

/** The store of dead letters. One call writes one blob. */
export interface DeadLetters {
  /** Resolves when the dead letters are durable. @throws UnavailableError when storage is unavailable */
  put(
    id: SourceId,
    run: { readonly runId: string; readonly page: number },
    letters: readonly DeadLetter[],
  ): Promise<void>;
}

/** The store of the dedup index: hashes of delivered records, in immutable segments. */
export interface DedupSegments {
  /** Resolves when the segment is durable. @throws UnavailableError when storage is unavailable */
  put(id: SourceId, name: string, hashes: Uint8Array): Promise<void>;
  /**
   * Reads a segment; `undefined` when it is gone.
   * @param length its size in bytes when it was written
   * @throws UnavailableError when storage is unavailable; SettingError where the segment is damaged
   */
  read(id: SourceId, name: string, length: number): Promise<Uint8Array | undefined>;
  /** Deletes the segments with these prefixes that are not kept. Never throws: a segment that stays costs only space. */
  drop(id: SourceId, prefixes: readonly string[], kept: ReadonlySet<string>): Promise<void>;
}

/** The last report of each source, for operators and the status. */
export interface RunReports {
  put(report: RunReport): Promise<void>;
  read(id: SourceId): Promise<RunReport | undefined>;
}

/** The length of a lease: a process that died blocks its sources for no longer. */
export const LEASE_MS = 60_000;

/** What a trigger message names: a source, and the backfill job of it that lacks a worker. */
export interface TriggerMessage extends SourceId {
  readonly backfill?: string;
}

/** The queue of trigger messages. A message names a source and carries no state: losing or repeating one changes nothing. */
export interface TriggerQueue {
  /** Sends a trigger message. @param afterMs how long it stays hidden. @default 0 */
  send(id: TriggerMessage, afterMs?: number): Promise<void>;
}

/** How a stopping process ends its runs. Another process continues what is left. */
export interface ShutdownSignals {
  /** Aborts first: the run ends after its current page; a run that has not begun does not begin. */
  readonly soon: AbortSignal;
  /** Aborts some seconds later: the run ends at once. What it sent and did not save is sent again. */
  readonly now: AbortSignal;
}

/** For a process that outlives its runs. */
export const NO_SHUTDOWN: ShutdownSignals = {
  soon: new AbortController().signal,
  now: new AbortController().signal,
};

/** The only source of time and of waiting. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `ring` after `ms`. @returns a function that cancels it */
  alarm(ms: number, ring: () => void): () => void;
  /** A number in [0, 1), for jitter. */
  random(): number;
}

/** Structured lines: the object first, then a constant sentence. Never a record's content, never a secret. */
export interface Log {
  info(fields: object, sentence: string): void;
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
}
