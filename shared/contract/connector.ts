/**
 * The nouns.
 *
 * | Noun | One sentence |
 * |---|---|
 * | **Connector** | One vendor product: name, settings, sources; data and functions only, no work at import. |
 * | **Source** | One kind of record of that vendor, bound to one table, arriving one way. |
 * | **Instance** | A connector configured once for one tenant of the vendor: its settings, destination and checkpoints. |
 * | **Page** | What one step of a pull yields: some raw records, and the checkpoint that is safe once they are delivered. |
 * | **RawRecord** | One record as the vendor sent it; untrusted. |
 * | **Row** | One line of a workspace table: `TimeGenerated` and typed columns. |
 * | **Table** | The shape of a source's rows: name, time column, each column's type and origin. |
 * | **Sink** | Where rows go: sends one batch of one table and resolves only when it has been accepted. |
 * | **Checkpoint** | How far a source has been delivered, with the ledger's totals. |
 * | **Run** | One invocation for one source: what it may use, how long it has, and the report it leaves. |
 */
import type { RateBudget } from './budget';
import type { Http } from './http';
import type { Json, JsonObject } from './json';
import type { Receive } from './webhook';
import type { NamesSettings, RestSpec } from './rest';
import type { Columns, RowOf, Table } from './table';
import type { PullWindow, WindowSpec } from './windows';

/** One record as the vendor sent it; untrusted: any JSON value. */
export type RawRecord = Json;

/** What an operator sets. Its variable is `<CONNECTOR>_<SETTING>` in upper snake case. */
export interface Setting {
  /** `url`: an absolute http(s) address, http only to loopback. `secret`: masked wherever it might be written. */
  readonly kind: 'url' | 'text' | 'secret';
  /** What it is and where to find it, for someone who sees the vendor's console for the first time. */
  readonly help: string;
  /** For the reference and the sample file; never a real value. */
  readonly example?: string;
  /** Used when the operator sets none; the setting is then never missing. */
  readonly default?: string;
  /** May be left out; its value is then the empty string. */
  readonly optional?: true;
  /**
   * `false`: it says how the vendor is asked, not for whose data: a page size, a filter, the id of a key that may be
   * replaced. Every address, every other text that a request of `rest()` holds or that code may read, and what a budget's
   * `scope` names, say to which account of the vendor a checkpoint belongs, by a default and by being left out too. Where
   * one of them changes, the source's runs fail until an operator says which it is: what another account has would be
   * skipped. A secret never names an account, because it changes while the account stays.
   * @default it names the account
   */
  readonly namesAccount?: false;
}

/** Settings by camelCase key. */
export type Settings = Readonly<Record<string, Setting>>;

/** The values of an instance's settings, checked. */
export type SettingValues<S extends Settings = Settings> = { readonly [K in keyof S]: string };

/** What one step of a pull yields. */
export interface Page {
  /** In the vendor's order, as many as it gave; none is a page too, when only the checkpoint moves. */
  readonly records: readonly RawRecord[];
  /** Where to go on once these records are delivered: JSON that only the source understands, at most 16 KB. `{}` of a window that can only be begun anew. */
  readonly checkpoint: JsonObject;
  /**
   * True when this page begins a read whose lower bound is inclusive, so that it shows again what was
   * delivered at the newest event time. The framework drops exactly those records.
   */
  readonly rereads?: boolean;
  /**
   * True when the place does not move, although the page has records: its checkpoint is then not read, and the next run
   * asks for the page again. What it shows again is recognised and not sent twice.
   */
  readonly stays?: boolean;
  /** True when nothing of the window follows; a pull that ends without saying so costs one write more. */
  readonly last?: boolean;
  /**
   * True when nobody can tell whether the vendor has more of the window than the page. It is told, and the range is not
   * called complete.
   */
  readonly mayBeCut?: boolean;
  /** What time it was at the vendor; ISO 8601, UTC. A window that ends later by our clock ends by this one. */
  readonly vendorNow?: string;
}

/** What a pull may use. Made for one run. */
export interface PullContext<S extends Settings = Settings> {
  /** The only way to the vendor. */
  readonly http: Http;
  /** Of the connector and of the source; one that is optional and not set is the empty text. */
  readonly settings: SettingValues<S>;
  /** The checkpoint of the last page that was delivered, of this window where there is one; `null` before the first. */
  readonly checkpoint: JsonObject | null;
  /** What to read, of a source that is read in windows: both bounds inclusive. Absent for any other. */
  readonly window?: PullWindow;
  /** Where a source without a checkpoint begins: the START setting, fixed by its first run. */
  readonly startFrom: Date;
  /** The newest event time delivered so far; ISO 8601, UTC. */
  readonly newest: string | undefined;
  /**
   * True once an answer of this source has named a next page. Before, `rest()` asks once more for what lies behind a page
   * that seems to be all there is, or before it; later behind a last page that is full. Absent: it asks for nothing more.
   */
  readonly isNextKnown?: () => boolean;
  /** Where a record says when it happened: the path that the source's table names as its `time`. */
  readonly time: string;
  /** When the run began; read once, so that a run never chases the clock. */
  readonly startedAt: Date;
  /** What time it is now: for what must not be old, such as a signature, and for nothing else. @default startedAt */
  readonly now?: () => Date;
  /** Aborts when the run must end at once; requests made through `http`, `sleep` and `poll` end with it. */
  readonly signal: AbortSignal;
  /**
   * Keeps a secret that the pull obtained or made, such as a session's token, out of everything that is written of this
   * run: log, errors, reports, health rows, dead letters' details, `try`. What `http` sends as a credential, and what a
   * small answer calls a token, or a login answers with, is kept out without it. Of a run the last thousand values are; one of fewer than four
   * characters is not.
   * @returns the value
   */
  secret(value: string): string;
  /**
   * Waits this many milliseconds.
   * @throws UnavailableError at once when the run's time would end before: let it through, the next run then goes on
   * from the last checkpoint, not before this wait would have been over
   */
  sleep(ms: number): Promise<void>;
  /**
   * Asks again and again until the answer is not `undefined`, and gives that: for an export that the vendor prepares.
   * Yield the export's id as a checkpoint first, so that the next run asks for the same one.
   * @throws what `ask` throws, at once; UnavailableError after `limitMs`, and as `sleep` does
   */
  poll<T>(ask: () => Promise<T | undefined>, options: PollOptions): Promise<T>;
}

/** How often, and for how long, a pull asks whether something is done. */
export interface PollOptions {
  /** The wait between an answer and the next question. */
  readonly everyMs: number;
  /** How long is waited altogether, in one run. @default until the run's time ends */
  readonly limitMs?: number;
}

/**
 * Yields the pages that follow the checkpoint, oldest first, until the vendor has nothing newer.
 * The framework asks for one page ahead (unless the source says `saveBeforeNext`), delivers each, then saves its
 * checkpoint; a crash in between makes the next run ask for that page again. Ending, or being left in the middle,
 * costs nothing.
 */
export type Pull<S extends Settings = Settings> = {
  call(context: PullContext<S>): AsyncIterable<Page>;
}['call'] & {
  /** The declaration that this pull was made from, where it was made by `rest()`. */
  readonly rest?: RestSpec;
};

/** How long a vendor keeps records. */
export interface Retention {
  /** A whole number, one or more. */
  readonly days: number;
  /** Events of the source that the vendor keeps for a shorter time. */
  readonly except?: { readonly what: string; readonly days: number };
  /** The page of the vendor that says so. */
  readonly source: string;
}

/** The bounds of each answer of a vendor. */
export interface AnswerLimits {
  /**
   * Milliseconds from the first byte sent to the last one read, at most 600,000. An answer that would come after the
   * run's end is not waited for: the next run asks again. @default 100,000
   */
  readonly timeoutMs?: number;
  /** Bytes once it is unpacked, at most 512 MiB. Ask for smaller pages where you can. @default 128 MiB */
  readonly maxBytes?: number;
}

/** One kind of record, whichever way it arrives. */
export interface RecordSource<C extends Columns = Columns> {
  /** Shown to people; defaults to the source's key. */
  readonly title?: string;
  /** Where its rows go, and what they are; no other source has it. */
  readonly table: Table<C>;
  /** Settings of this source alone: it is on when they are set. */
  readonly settings?: Settings;
  /** False turns the record away; it is counted as filtered. */
  keep?(record: RawRecord): boolean;
  /** Computed columns; what it returns wins over the columns' own paths. A throw makes the columns null and counts as drift. */
  toRow?(record: RawRecord): Partial<RowOf<C>>;
}

/** One kind of record that we ask the vendor for. */
export interface PullSource<
  S extends Settings = Settings,
  C extends Columns = Columns,
> extends RecordSource<C> {
  /** How it is read: `rest({ … })`, or an async generator of pages. */
  readonly pull: Pull<S> & NamesSettings<keyof S & string>;
  /**
   * Set for a hand-written pull that can be asked for a range of time: it is then called once for each window, and
   * ends where that ends. `rest()` has this from its declaration.
   */
  readonly window?: WindowSpec;
  /**
   * True: a page is saved before the next one is asked for. For a vendor whose next answer takes the earlier one as
   * received and deletes it, as queues do. Slower: nothing is read while a page is delivered. @default false
   */
  readonly saveBeforeNext?: true;
  /**
   * Set for a vendor that changes its records in place: an alert that is closed, a case that is assigned. Each version
   * is then delivered and counted as an event of its own, under an `EventId` of the record's id and a hash of its
   * content. The table needs an `eventId`, and a column from the same path, which puts the versions together.
   * Without it the same id at the same event time is a duplicate, whatever its content.
   */
  readonly updates?: 'in-place';
  /** Lists what the vendor can only be asked for one by one: sites, repositories. Each is read in windows of its own. */
  partitions?(context: PullContext<S>): Promise<readonly string[]>;
  /**
   * How long the vendor keeps these records, by its own documentation. Nothing older is asked for; what was not read by
   * then is lost, and reported so.
   */
  readonly retention?: Retention;
  /** Where the vendor counts this source's requests apart: in place of the connector's. */
  readonly budget?: RateBudget<keyof S & string>;
  /** How long one answer may take and how large it may be, where that is more, or less, than usual. */
  readonly answer?: AnswerLimits;
  /**
   * The plan, the licence or the right without which the vendor answers 403 or 404, as a phrase: the operator is told of
   * it then, and a 404 is a `SettingError`. @example 'the Enterprise plan, and an owner’s token'
   */
  readonly needs?: string;
  readonly receive?: never;
}

/**
 * One kind of record that the vendor posts to us, at `/api/push/<connector>/<source>`. It stands on its own settings
 * alone: neither the connector's common ones nor those of another source turn it on or off.
 */
export interface ReceiveSource<
  C extends Columns = Columns,
  Own extends string = string,
> extends RecordSource<C> {
  /** How a post shows that it is the vendor's, and what is kept of it. */
  readonly receive: Receive<Own>;
  /**
   * A post that is like one before, to the byte and in the headers that are kept, brings nothing new; absent: it is
   * sent like any other. Only where the vendor tells two events apart in them.
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
  /** The folder's name: kebab-case, a letter first. */
  readonly name: string;
  /** As people write it: `Acme EDR`. */
  readonly title: string;
  /** NCRONTAB, UTC. Defaults to every five minutes, spread by a hash of the name. @example '0 *\/10 * * * *' */
  readonly schedule?: string;
  /** Common to its sources. One named `url` is needed, unless the vendor posts everything. */
  readonly settings: Settings;
  /** Origins that it may reach beside those of its url settings. @example ['https://oauth.example.com'] */
  readonly origins?: readonly string[];
  /** What the vendor lets one account ask; all sources without a budget of their own share it. */
  readonly budget?: RateBudget;
  /** By camelCase plural key. */
  readonly sources: Readonly<Record<string, Source>>;
}
