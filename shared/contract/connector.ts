/**
 * The nouns.
 *
 * | Noun | One sentence |
 * |---|---|
 * | **Connector** | One vendor product: name, settings, sources; data and functions only, no work at import. |
 * | **Source** | One kind of record of that vendor, bound to one table, either pulled or posted by the vendor. |
 * | **Instance** | A connector configured once for one tenant of the vendor: its settings, destination and checkpoints. |
 * | **Page** | What one step of a pull yields: some raw records, and the checkpoint that is safe once they are delivered. |
 * | **RawRecord** | One record as the vendor sent it; untrusted. |
 * | **Row** | One line of a workspace table: `TimeGenerated` and typed columns. |
 * | **Table** | The shape of a source's rows: name, time column, each column's type and origin. |
 * | **Sink** | The destination of rows: sends one batch of one table and resolves only when the service accepted it. |
 * | **Checkpoint** | How far a source has been delivered, with the ledger's totals. |
 * | **Run** | One invocation for one source, with a deadline and a report. |
 */
import type { RateBudget } from './budget';
import type { Http } from './http';
import type { Json, JsonObject } from './json';
import type { Receive } from './webhook';
import type { ObjectsSpec } from './objects';
import type { NamesSettings, RestList, RestSpec } from './rest';
import type { Columns, RowOf, Table } from './table';
import type { PullWindow, WindowSpec } from './windows';

/** One record as the vendor sent it; untrusted: any JSON value. */
export type RawRecord = Json;

/** A setting of the operator. Its variable is `<CONNECTOR>_<SETTING>` in upper snake case. */
export interface Setting {
  /** `url`: an absolute http(s) address, http only to loopback. `secret`: masked in everything that is written. */
  readonly kind: 'url' | 'text' | 'secret';
  /** What it is and where to find it, for someone new to the vendor's console. */
  readonly help: string;
  /** For the reference and the sample file. Never a real value. */
  readonly example?: string;
  /** The value when the operator sets none. The setting is then never missing. */
  readonly default?: string;
  /** True for a setting that may be left out. Its value is then the empty string. */
  readonly optional?: true;
  /**
   * `false`: the setting does not identify the vendor account, as a page size, a filter or the id of a key. All other
   * settings identify the account that a checkpoint belongs to: every address, every text that a `rest()` request holds or
   * that code may read, and those in a budget's `scope`; unset ones and defaults too. When one of them changes, the runs of
   * the source fail until an operator confirms the account, because the checkpoint would skip another account's events.
   * Secrets never identify an account, because they are rotated.
   * @default it identifies the account
   */
  readonly namesAccount?: false;
}

/** Settings by camelCase key. */
export type Settings = Readonly<Record<string, Setting>>;

/** The values of an instance's settings, checked. */
export type SettingValues<S extends Settings = Settings> = { readonly [K in keyof S]: string };

/** What one step of a pull yields. */
export interface Page {
  /** All records of the answer, in the vendor's order. May be empty, when only the checkpoint moves. */
  readonly records: readonly RawRecord[];
  /** Where to continue once these records are delivered: JSON that only the source understands, at most 16 KB. `{}` if the window can only be restarted. */
  readonly checkpoint: JsonObject;
  /**
   * True when this page begins a read with an inclusive lower bound, which shows the events of the newest event time again.
   * The framework drops exactly the delivered ones.
   */
  readonly rereads?: boolean;
  /**
   * True when the position does not move although the page has records. Its checkpoint is ignored, and the next run requests
   * the page again. Records that were delivered are recognized and not sent twice.
   */
  readonly stays?: boolean;
  /** True for the last page of the window. Without it the end of the pull costs one more write. */
  readonly last?: boolean;
  /**
   * True when the vendor may have more of the window than the page shows. The run reports it, and the range does not count as
   * complete.
   */
  readonly mayBeCut?: boolean;
  /**
   * Set if the vendor refused the saved position, or gave up what it prepared: the time from which the page reads again;
   * ISO 8601, UTC. The log reports it.
   */
  readonly readAgainFrom?: string;
  /** The vendor's clock; ISO 8601, UTC. It ends a window that our clock would end later. */
  readonly vendorNow?: string;
}

/** The input of a pull. Created for one run. */
export interface PullContext<S extends Settings = Settings> {
  /** The only way to reach the vendor. */
  readonly http: Http;
  /** The settings of the connector and of the source. An unset optional one is the empty string. */
  readonly settings: SettingValues<S>;
  /** The checkpoint of the last delivered page, of this window if there is one; `null` before the first. */
  readonly checkpoint: JsonObject | null;
  /** The range to read, for a source that is read in windows. Both bounds are inclusive. */
  readonly window?: PullWindow;
  /** Where a source without a checkpoint begins. The first run fixes it from the START setting. */
  readonly startFrom: Date;
  /** The newest event time delivered so far; ISO 8601, UTC. */
  readonly newest: string | undefined;
  /**
   * True once an answer of this source named a next page. Before that, `rest()` checks with one more request that nothing
   * follows a page that looks like the only one; afterwards, only that nothing follows a full last page. Absent: no such
   * check.
   */
  readonly isNextKnown?: () => boolean;
  /** The path to a record's event time: `time` of the source's table. */
  readonly time: string;
  /** When the run began. It does not advance, so that a run never chases the clock. */
  readonly startedAt: Date;
  /** The current time. Only for what must be fresh, such as a signature. @default startedAt */
  readonly now?: () => Date;
  /** Aborts when the run must end at once. `http`, `sleep` and `poll` end with it. */
  readonly signal: AbortSignal;
  /** True in a preview, which delivers and saves nothing: leave at the vendor what a run would acknowledge or delete. */
  readonly isPreview?: boolean;
  /**
   * Masks a secret that the pull obtained or made, such as a session token, in everything that this run writes: log, errors,
   * reports, health rows, details of dead letters, `try`. Credentials that `http` sends, and tokens that a small answer or a
   * login returns, are masked without it. The last thousand values of a run are masked; values of fewer than four
   * characters are not.
   * @returns the value
   */
  secret(value: string): string;
  /**
   * Waits this many milliseconds.
   * @throws UnavailableError at once when the run would end first. Do not catch it: the next run continues from the last
   * checkpoint, not before the end of this wait
   */
  sleep(ms: number): Promise<void>;
  /**
   * Calls `ask` until it returns a value, and returns it. For an export that the vendor prepares. Yield the export's id as a
   * checkpoint first, so that the next run asks for the same export.
   * @throws any error of `ask`, at once; UnavailableError after `limitMs`, and as `sleep` does
   */
  poll<T>(ask: () => Promise<T | undefined>, options: PollOptions): Promise<T>;
  /**
   * Calls `work` again and again beside the pull, also while a page is delivered, until it is stopped or the run ends. For what a
   * vendor only lends, such as a message of a queue. A failure is not reported: the next call may succeed. Absent: no such
   * calls.
   * @returns stops it, and resolves once the last call has ended
   */
  readonly repeat?: (everyMs: number, work: () => Promise<void>) => () => Promise<void>;
}

/** The interval and the limit of a poll. */
export interface PollOptions {
  /** The wait between two calls, in milliseconds. */
  readonly everyMs: number;
  /** The longest total wait in one run, in milliseconds. @default until the run ends */
  readonly limitMs?: number;
}

/**
 * Yields the pages after the checkpoint, oldest first, until the vendor has nothing newer. The framework reads one page
 * ahead (unless `saveBeforeNext`), delivers each page, then saves its checkpoint. After a crash in between, the next run
 * requests that page again. A pull may end, or be abandoned, after any page.
 */
export type Pull<S extends Settings = Settings> = {
  call(context: PullContext<S>): AsyncIterable<Page>;
}['call'] & {
  /** The declaration, for a pull of `rest()`. */
  readonly rest?: RestSpec;
  /** The declaration, for a pull of `objects()`. Each of its pages is saved before the next is requested. */
  readonly objects?: ObjectsSpec;
};

/** Lists the partitions of a source. */
export type Partitions<S extends Settings = Settings> = {
  call(context: PullContext<S>): Promise<readonly string[]>;
}['call'] & {
  /** The declaration, for partitions of `listed()`. */
  readonly list?: RestList;
};

/** How long a vendor keeps records. */
export interface Retention {
  /** A whole number, one or more. */
  readonly days: number;
  /** A kind of events that the vendor keeps for a shorter time. */
  readonly except?: { readonly what: string; readonly days: number };
  /** The vendor's page that documents it. */
  readonly source: string;
}

/** Limits for each answer of a vendor. */
export interface AnswerLimits {
  /**
   * Milliseconds from the first byte sent to the last byte read, at most 600,000. The end of the run cuts it short; the next
   * run requests it again. @default 100,000
   */
  readonly timeoutMs?: number;
  /** Bytes after decompression, at most 512 MiB. Prefer smaller pages. @default 128 MiB */
  readonly maxBytes?: number;
}

/** One kind of record, pulled or posted. */
export interface RecordSource<C extends Columns = Columns> {
  /** The display name. @default the source's key */
  readonly title?: string;
  /** The table of its rows. No two sources share one. */
  readonly table: Table<C>;
  /** Settings of this source only. It is on when they are set. */
  readonly settings?: Settings;
  /** Returns false for a record to drop. It counts as filtered. */
  keep?(record: RawRecord): boolean;
  /** Computes columns. Its values override those of the columns' paths. If it throws, they are null, and the record counts as drifted. */
  toRow?(record: RawRecord): Partial<RowOf<C>>;
}

/** One kind of record that is pulled from the vendor. */
export interface PullSource<
  S extends Settings = Settings,
  C extends Columns = Columns,
> extends RecordSource<C> {
  /** `rest({ … })`, or an async generator of pages. */
  readonly pull: Pull<S> & NamesSettings<keyof S & string>;
  /**
   * Set for a pull in code that can read a range of event time. It is then called once for each window and reads that window
   * only. `rest()` has its own `window`.
   */
  readonly window?: WindowSpec;
  /**
   * True: each page is saved before the next is requested. For a vendor that treats the next request as an acknowledgement
   * and deletes the previous page, as queues do. Slower: nothing is read while a page is delivered. @default false
   */
  readonly saveBeforeNext?: true;
  /**
   * Set for a vendor that changes records in place, such as an alert that is closed. Each version is then delivered as its
   * own event, with an `EventId` of the record's id and a hash of its content. The table needs an `eventId`, and a column of
   * the same path, which groups the versions. Without it, the same id at the same event time is a duplicate, whatever its
   * content.
   */
  readonly updates?: 'in-place';
  /**
   * Lists the units that the vendor can only be asked for one by one, such as sites or repositories: `listed({ … })`, or code.
   * Each has its own windows. If one fails, the others are read, and the run reports the failure at its end.
   */
  readonly partitions?: Partitions<S> & NamesSettings<keyof S & string>;
  /**
   * How long the vendor keeps these records, according to its documentation. Nothing older is requested. Events that were not
   * read in time are reported as lost.
   */
  readonly retention?: Retention;
  /** The source's own budget, when the vendor limits it separately. It replaces the connector's. */
  readonly budget?: RateBudget<keyof S & string>;
  /** Limits for an answer, when the defaults do not fit. */
  readonly answer?: AnswerLimits;
  /**
   * The plan, licence or permission without which the vendor answers 403 or 404, as a phrase. The error message then quotes
   * it, and a 404 is a `SettingError`. @example 'the Enterprise plan, and an owner’s token'
   */
  readonly needs?: string;
  readonly receive?: never;
}

/**
 * One kind of record that the vendor posts to `/api/push/<connector>/<source>`. Only its own settings turn it on or off,
 * not those of the connector or of another source.
 */
export interface ReceiveSource<
  C extends Columns = Columns,
  Own extends string = string,
> extends RecordSource<C> {
  /** How a post is verified and read. */
  readonly receive: Receive<Own>;
  /**
   * `drop`: a post with the same bytes and the same kept headers as an earlier one is a duplicate. Only for a vendor whose
   * posts always differ between two events. Absent: it is delivered like any other.
   */
  readonly repeatedBodies?: 'drop';
  readonly pull?: never;
  readonly window?: never;
  readonly saveBeforeNext?: never;
  readonly updates?: never;
  readonly partitions?: never;
  readonly retention?: never;
  readonly budget?: never;
  readonly answer?: never;
  readonly needs?: never;
}

/** One kind of record of a vendor, bound to one table. */
export type Source<S extends Settings = Settings, C extends Columns = Columns> =
  PullSource<S, C> | ReceiveSource<C>;

/** One vendor product. */
export interface Connector {
  /** The folder's name: kebab-case, first a letter. */
  readonly name: string;
  /** The display name: `Acme EDR`. */
  readonly title: string;
  /** NCRONTAB, UTC. @default every five minutes, offset by a hash of the name @example '0 *\/10 * * * *' */
  readonly schedule?: string;
  /** Settings that its sources share. One named `url` is required, unless the vendor posts everything. */
  readonly settings: Settings;
  /** Origins that it may reach besides those of its url settings. @example ['https://oauth.example.com'] */
  readonly origins?: readonly string[];
  /** The rate limits of one vendor account. All sources without their own budget share it. */
  readonly budget?: RateBudget;
  /** By camelCase plural key. */
  readonly sources: Readonly<Record<string, Source>>;
}
