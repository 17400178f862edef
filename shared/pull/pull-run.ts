import type { Account, Checkpoint, CheckpointStore, SourceId } from '../contract/checkpoint';
import type { Page, RawRecord, SettingValues } from '../contract/connector';
import type { Http } from '../contract/http';
import type { Pause } from '../contract/operator';
import type { Clock, DeadLetters, ShutdownSignals, Log, DedupSegments } from '../contract/run';
import type { Sink } from '../contract/sink';
import type { PullRange } from '../contract/windows';
import type { NamedAccount } from './vendor-account';
import type { Secrets } from '../values/secrets/secrets';
import type { WindowPage } from '../windows/read-windows';

/** A page of a source that is not read in windows. */
type PlainPage = Page & { readonly [member in Exclude<keyof WindowPage, keyof Page>]?: undefined };

/** A page as it is delivered. Only a page of a windowed source has a `window`. */
export type ReadPage = WindowPage | PlainPage;

/** Everything that one run of one source may use. */
export interface PullRun {
  readonly id: SourceId;
  readonly runId: string;
  readonly settings: SettingValues;
  /** The vendor's account that the settings name. */
  readonly account?: NamedAccount;
  /** For a backfill slice: the account that its job was created for, if recorded. Required, so that no caller forgets it. */
  readonly jobAccount: Account | undefined;
  /** Where a source that never ran begins. */
  readonly startFrom: Date;
  /** After this time the run ends once its current page is delivered. */
  readonly deadline: Date;
  /** How far that page may exceed the deadline. @default 30 seconds */
  readonly overrunMs?: number | undefined;
  /** Absent: the process outlives the run. */
  readonly shutdown?: ShutdownSignals | undefined;
  readonly drop?: ((record: RawRecord) => boolean) | undefined;
  /** The operator's pause of the source; read before its lease is acquired. */
  readonly paused?: () => Promise<Pause | undefined>;
  readonly checkpoints: CheckpointStore;
  readonly deadLetters: DeadLetters;
  readonly segments: DedupSegments;
  /** Most events in the dedup index. @default 1,000,000 */
  readonly maxDedupEvents?: number;
  /** The table for rows of old events. Default: the source's own table. */
  readonly lateTable?: string | undefined;
  /** For a backfill slice: the range to read instead of new events. */
  readonly range?: PullRange | undefined;
  /** Called after each page. If it returns false, the run ends as `paused`. */
  readonly mayContinue?: () => Promise<boolean>;
  /** Hands off to a backfill what the source missed while down. @returns the checkpoint after the gap; `undefined` without one */
  readonly handOff?: (checkpoint: Checkpoint) => Promise<Checkpoint | undefined>;
  /** Creates the clients of this run. `signal` aborts requests of the sink; `reading` those to the vendor, and never later. */
  readonly connect: (
    signal: AbortSignal,
    reading: AbortSignal,
  ) => Promise<{ readonly http: Http; readonly sink: Sink }>;
  /** Called with the error of a read that fails after the run gave it up. */
  readonly onAbandonedFailure?: (error: unknown) => void;
  readonly clock: Clock;
  readonly log: Log;
  /** Values to mask in everything that the run writes. Its pull may add more. */
  readonly secrets: Secrets;
}
