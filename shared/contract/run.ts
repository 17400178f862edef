import type { BudgetUse } from './budget';
import type { GoneSpan, Ledger, SourceId } from './checkpoint';
import type { Post, SpoolLedger } from './spool';

/**
 * How a run ended: `caught-up`, the vendor had nothing newer; `out-of-time`, it stopped after a page, or had to wait for
 * its rate budget or for the vendor longer than it may last, and goes on over the queue; `late`, so it did, and its source has
 * now waited for longer than its schedule; `busy`, another run held the
 * lease; `paused`, an operator has stopped the source, or the backfill; `failed`, see its error.
 */
export type Outcome = 'caught-up' | 'out-of-time' | 'late' | 'busy' | 'paused' | 'failed';

/** What one run of one source leaves behind. Its ledger counts this run alone. */
export interface RunReport extends SourceId, Ledger {
  readonly runId: string;
  readonly table: string;
  readonly pages: number;
  /** Records of which at least one value did not fit its column. */
  readonly drifted: number;
  /** Columns that rows had and their stream does not take yet: their values are in `AdditionalFields`. */
  readonly leftColumns?: readonly string[];
  /** Records that were delivered and are too many to be remembered: a later look may send them twice. */
  readonly unremembered?: number;
  /** Partitions that were listed and are too many to be read. */
  readonly leftPartitions?: number;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly outcome: Outcome;
  /** The range of event times of the rows that were accepted; ISO 8601, UTC. */
  readonly oldest?: string;
  readonly newest?: string;
  /** A delivery of pushed records: the totals of its source's spool. */
  readonly spool?: SpoolLedger;
  /** The range of event times that the run vouches for: what the vendor showed of it is delivered, by this run or one before. */
  readonly coveredFrom?: string;
  readonly coveredTo?: string;
  /** Pages whose records were not oldest first, as their source declares; absent where there is none. */
  readonly outOfOrder?: number;
  /** Pages of which nobody could tell whether the vendor had cut them; absent where there is none. */
  readonly mayBeCut?: number;
  /** Windows that are done, beside the live ones: looked at again, or of a backfill; absent where there is none. */
  readonly windowsDone?: number;
  /** Event time that the run passed over, because the vendor does not keep it any more; absent where there is none. */
  readonly gone?: readonly GoneSpan[];
  /** Pages, or pushed bodies, that failed again and again and were kept whole as dead letters; absent where there is none. */
  readonly setAside?: number;
  /** What it did to the rate budget of the vendor's account; absent where it asked nothing. */
  readonly budget?: BudgetUse;
  /** When a run goes on that ended because it had to wait for longer than it may last; ISO 8601, UTC. */
  readonly resumeAt?: string;
  /** What it waits for then, and until when: a sentence. */
  readonly waitsFor?: string;
  /**
   * Of a run that had to wait and delivered nothing: when the first of such runs, or of failed ones, in a row began; ISO
   * 8601, UTC. Once that is longer ago than the source's schedule the run is `late`, an hour later it has `failed`.
   */
  readonly waitingSince?: string;
  /**
   * Of a failed run of live collection: when the first of the runs in a row began that failed, or waited and delivered nothing, this one included; ISO 8601,
   * UTC. Absent where the report of the run before could not be read.
   */
  readonly failingSince?: string;
  /**
   * Of a run of live collection that stopped midway, delivered nothing new, was done with no window that it looked at again
   * and vouches for no more time: how many such runs there were in a row, this one included. Each wakes the next later than the one before, and the seventh leaves it to the
   * timer.
   */
  readonly withoutProgress?: number;
  /** When the run before those began; absent where there was none. ISO 8601, UTC. */
  readonly progressAt?: string;
  /** The class and the message of what ended a failed run, or made one late. */
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
  /** The record, as JSON text; of what was `damaged` its bytes, as a JSON string in Base64. */
  readonly record: string;
  /** Of what was pushed: the post that it came in; absent in what the first versions kept. */
  readonly post?: Post;
}

/** Where dead letters are kept. One call leaves one blob. */
export interface DeadLetters {
  /** Resolves when the letters are durable. @throws UnavailableError when storage is not there */
  put(
    id: SourceId,
    run: { readonly runId: string; readonly page: number },
    letters: readonly DeadLetter[],
  ): Promise<void>;
}

/** Where the hashes of what was delivered are kept, in segments that are never written twice. */
export interface DedupSegments {
  /** Resolves when the segment is durable. @throws UnavailableError when storage is not there */
  put(id: SourceId, name: string, hashes: Uint8Array): Promise<void>;
  /**
   * `undefined` when it is gone.
   * @param length the bytes that were put there
   * @throws UnavailableError when storage is not there; SettingError where it is damaged
   */
  read(id: SourceId, name: string, length: number): Promise<Uint8Array | undefined>;
  /** Deletes what begins with one of these and is not kept. Never throws: what stays is only in the way. */
  drop(id: SourceId, prefixes: readonly string[], kept: ReadonlySet<string>): Promise<void>;
}

/** The last report of each source, for the page and for operators. */
export interface RunReports {
  put(report: RunReport): Promise<void>;
  read(id: SourceId): Promise<RunReport | undefined>;
}

/** How long a lease lives on without its holder: a process that died holds its sources for no longer. */
export const LEASE_MS = 60_000;

/** What a wake-up names: a source, and the backfill of it that lacks a worker. */
export interface Woken extends SourceId {
  readonly backfill?: string;
}

/** Asks for another run of a source. A wake-up names what to look at and carries no state: losing or repeating one changes nothing. */
export interface WakeUps {
  /** @param afterMs how long from now; at once where it is left out */
  wake(id: Woken, afterMs?: number): Promise<void>;
}

/** How a process that is about to end tells a run. What is left goes on over the queue, in another process. */
export interface Ending {
  /** Aborts first: the run ends with the page it is at; one that has not begun does not begin. */
  readonly soon: AbortSignal;
  /** Aborts some seconds later: the run ends at once. What it has sent and not saved is sent again. */
  readonly now: AbortSignal;
}

/** For a run in a process that outlives it. */
export const NEVER_ENDING: Ending = { soon: new AbortController().signal, now: new AbortController().signal };

/** The only clock and the only waiting in the house. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `ring` in `ms`, unless it is cancelled before. @returns cancels it */
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
