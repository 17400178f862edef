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

/** A page as it is delivered. `window` tells the two apart. */
export type ReadPage = WindowPage | PlainPage;

/** Everything that one run of one source may use. */
export interface PullRun {
  readonly id: SourceId;
  readonly runId: string;
  readonly settings: SettingValues;
  /** The vendor's account that the settings name. */
  readonly account?: NamedAccount;
  /** For a backfill slice: the account that its job was created for, where the job says it. Always given, so that it cannot be forgotten. */
  readonly jobAccount: Account | undefined;
  /** Where a source that never ran begins. */
  readonly startFrom: Date;
  /** After this the run ends with the page it is at. */
  readonly deadline: Date;
  /** How long that page may take behind the deadline. @default 30 seconds */
  readonly overrunMs?: number | undefined;
  /** Absent: the process outlives the run. */
  readonly shutdown?: ShutdownSignals | undefined;
  readonly drop?: ((record: RawRecord) => boolean) | undefined;
  /** What an operator has said of the source; asked before its lease is. */
  readonly paused?: () => Promise<Pause | undefined>;
  readonly checkpoints: CheckpointStore;
  readonly deadLetters: DeadLetters;
  readonly segments: DedupSegments;
  /** How many events are remembered at most. @default 1,000,000 */
  readonly maxDedupEvents?: number;
  /** The table that takes the rows of old events; the source's own where it is not set. */
  readonly lateTable?: string | undefined;
  /** Of a part of a backfill: what is read in place of what is new. */
  readonly range?: PullRange | undefined;
  /** Asked after a page; the run ends as `paused` where it says no. */
  readonly mayContinue?: () => Promise<boolean>;
  /** Hands what a source missed while it was down to a backfill. @returns the checkpoint behind the gap; `undefined` where there is none */
  readonly handOff?: (checkpoint: Checkpoint) => Promise<Checkpoint | undefined>;
  /** Made for this run; the sink's requests end with `signal`, those to the vendor with `reading`, which ends no later. */
  readonly connect: (
    signal: AbortSignal,
    reading: AbortSignal,
  ) => Promise<{ readonly http: Http; readonly sink: Sink }>;
  /** Takes the failure of a pull that was given up before. */
  readonly onAbandonedFailure?: (error: unknown) => void;
  readonly clock: Clock;
  readonly log: Log;
  /** Values to mask in everything that the run writes. Its pull may add more. */
  readonly secrets: Secrets;
}
