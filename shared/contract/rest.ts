import type { Auth } from './auth';
import type { AnswerFormat } from './format';
import type { JsonObject } from './json';
import type { RestDetails, RestExport, RestFiles } from './rest-steps';
import type { WindowSpec } from './windows';

/**
 * The place of a value in the request. Short for a member of `query` or `body` that consists of the value's placeholder.
 */
export interface RestParameter {
  /** `body` is for POST only. */
  readonly in: 'query' | 'body';
  /** In the body, a path of member names: `variables.after` is `after` within `variables`. */
  readonly name: string;
}

/**
 * The format of a time, always in UTC.
 * @see https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings
 */
export type RestTimeFormat =
  /** `2026-11-02T10:00:00.000Z`: ISO 8601 with the digits of the second that the time has, three to seven */
  | 'iso'
  /** `2026-11-02T10:00:00Z` */
  | 'iso-s'
  /** `2026-11-02` */
  | 'date'
  /** `Mon, 02 Nov 2026 10:00:00 +0000` @see RFC 5322, section 3.3 */
  | 'rfc2822'
  /** `1793613600`: seconds since 1970 */
  | 'epoch-s'
  /** Milliseconds since 1970 */
  | 'epoch-ms'
  /** Microseconds since 1970 */
  | 'epoch-us'
  /** Nanoseconds since 1970 */
  | 'epoch-ns'
  /** `1793613600.123`: seconds since 1970 with at most six decimals */
  | 'epoch-decimal'
  /**
   * A pattern in the letters of .NET's custom formats: `yyyy`, `MM` or `MMM` (`Nov`) and `dd`, then `HH`, `mm`, `ss` and one
   * to nine `f` for digits of the second, as far as needed, and `ddd` (`Mon`). `T`, `Z`, digits and signs stand for themselves,
   * and so does text in single quotes. @example { pattern: 'yyyy-MM-ddTHH:mm:ss.ffffff+00:00' }
   */
  | { readonly pattern: string }
  /**
   * How long before the request, rounded up, for `since` only. `iso` is `PT4500S`, the others are a number. 15 minutes are
   * added, for the time that the request may wait. @example { ago: 'minutes' }
   */
  | { readonly ago: 'seconds' | 'minutes' | 'hours' | 'days' | 'iso' };

/**
 * A bound of the read: its format, and its place unless the declaration contains its placeholder. Digits that the format
 * cannot hold are cut off, so that a lower bound only ever shows more.
 *
 * If the last digit of a format stands for more than a second, such as a day, the vendor must show the whole day that either
 * bound names, by the time of the record in UTC. Each run then asks for the day again and takes the records of its own window
 * from it, so that each is delivered once and as early as from any other vendor.
 */
export interface RestTime extends Partial<RestParameter> {
  /** An epoch or a number of units that is the whole value of a member of a JSON body is a number. @default 'iso' */
  readonly format?: RestTimeFormat;
  /**
   * The vendor shows nothing of the time that the bound names: "after", "before", "up to". The bound is sent as one step of
   * its format earlier or later. @default the bound is inclusive
   */
  readonly exclusive?: true;
}

/** How the next page is requested. */
export type RestNext =
  /**
   * By an address: the one in the answer's `Link` header with the relation `rel`, or the one in the body at the path `from`.
   * `last`: the path of the address that a last page has in its place, which the next run asks. @see RFC 8288
   */
  | { readonly kind: 'link'; readonly rel?: string; readonly from?: string; readonly last?: string }
  /**
   * By a token. It stands in one of three places: at the path `from` of the answer; in the response header `header`; at the path
   * `record` of the last record, of a vendor that gives what follows an id. It is sent back as text in the parameter `send`, or in
   * place of `{cursor}` in the declaration.
   * `header`: without it, or with an empty one, there is no next page.
   * `record`: a page without records keeps the token, so that the next run continues with it.
   * `json`: the token is JSON text. Where it is a whole member of a JSON body, it is sent as that value, such as a list.
   * `join`: the path leads to a list. Its values are joined by this text.
   * `last`: the path of the token that a last page has in its place. The next run sends it.
   * `alone`: the vendor accepts nothing but the token. Later requests send only the members of `query` and `body` that
   * hold it.
   */
  | {
      readonly kind: 'cursor';
      readonly from?: string;
      readonly header?: string;
      readonly record?: string;
      readonly json?: true;
      readonly join?: string;
      readonly last?: string;
      readonly send?: RestParameter;
      readonly alone?: true;
    }
  /**
   * By the number of the page, in the parameter `send` or in place of `{cursor}`. Every request has it. Only within windows:
   * a number leads to other records once there are more. If a record vanishes from the range during the read, the others move
   * to earlier pages, and one may be skipped until the range is read again after the longest lag. With `stop: total` the read
   * notices that and begins again.
   * `first`: the number of the first page. @default 1
   */
  | { readonly kind: 'page'; readonly send?: RestParameter; readonly first?: 0 | 1 }
  /**
   * By an offset, counted in records, in the parameter `send` or in place of `{cursor}`. Every request has it. Only within
   * windows. Each request shows the last record of the page before again. If it is not there, records have moved to pages that
   * were read, and the read begins again, so that nothing is skipped.
   * `to`: the parameter for the end of the page, exclusive, or `{cursorEnd}` in the declaration. It needs a `short-page`.
   * `first`: the offset of the first record. @default 0
   * @see RFC 7644, section 3.4.2.4, for a vendor that counts from 1
   */
  | {
      readonly kind: 'offset';
      readonly send?: RestParameter;
      readonly to?: RestParameter;
      readonly first?: 0 | 1;
    }
  /** Not at all: one answer has all records of the range. For a vendor that takes a range of limited length. */
  | { readonly kind: 'none' }
  /**
   * By time only: the next `since` is the newest time of the page, inclusive, so that a page repeats the records of that
   * time. For vendors without paging that return the oldest records first, up to a maximum.
   */
  | { readonly kind: 'time' };

/**
 * What marks the last page of a run:
 * - `no-next`: the answer names no next page.
 * - `empty-page`: the page has no records, for a vendor that always names a next page. In a window, the read also ends
 *   when the answer names no next page or the same one again, or after several empty pages in a row.
 * - `unless`: the boolean at this path is not true.
 * - `short-page`: the page has fewer records than a full one.
 * - `total`: as many records were read as the number at this path says. For paging by page or offset. An empty page before that
 *   is an error.
 * - `last-page`: the number at this path is the number of pages. For paging by page.
 */
export type RestStop =
  | { readonly on: 'no-next' }
  | { readonly on: 'empty-page' }
  | { readonly on: 'unless'; readonly path: string }
  | { readonly on: 'short-page'; readonly full: number }
  | { readonly on: 'total'; readonly path: string }
  | { readonly on: 'last-page'; readonly path: string };

/**
 * A list of the units that the vendor can only be asked for one by one, such as sites, tenants or organisations. Each run reads
 * it whole, and of more than 100 units the first 100 in the order of their ids. Its members mean what they mean in
 * {@link RestSpec}.
 */
export interface RestList<Name extends string = string, Text extends string = string> extends Pick<
  RestSpec<Name, Text>,
  'base' | 'path' | 'method' | 'headers' | 'query' | 'body' | 'auth' | 'records' | 'success' | 'next' | 'stop'
> {
  /** The path of the id in a record of the list. @default '$', the record itself */
  readonly id?: string;
}

/**
 * How an answer of 2xx says that it is good, that of `details` too. Any other value at the path is an error, and so is none: the
 * records that the answer has are delivered, and the request is repeated as after a 503, or as after a 429 if the error says "too
 * many requests". It alone decides; other members that look like errors mean nothing.
 * @example { from: 'stat', is: ['OK'], denied: ['INVALID_TOKEN'] }
 */
export interface RestSuccess {
  /** The path of the value in an answer. */
  readonly from: string;
  /** The values of a good answer. A number is the same as its digits in a text. */
  readonly is: readonly (string | number | boolean)[];
  /** Values that mean what 401 means: the run fails, and the error names the settings of the credentials. @default none */
  readonly denied?: readonly (string | number | boolean)[];
}

/**
 * A REST source as data. `rest()` makes the pull from it; the simulated vendor is made from it too.
 *
 * In `path`, and in every string within `query`, `headers` and `body`, a name in braces is a placeholder:
 *
 * | Placeholder | Stands for |
 * |---|---|
 * | `{since}`, `{until}` | the bounds of the read, in the format of `since` and `until` |
 * | `{cursor}` | the token of the next page; its number or offset |
 * | `{cursorEnd}` | the offset behind the page |
 * | `{partition}` | one of the source's `partitions`, which `listed()` declares |
 * | any other | the value of that setting |
 *
 * A parameter, header, member or path segment whose value is missing (no cursor yet, no end, an unset optional setting) is
 * left out. Values are encoded for their place. `{{name}}` is the literal text `{name}`; any other brace is text, as in a
 * GraphQL query.
 *
 * Literal text is left out together with the value beside it: `id gt "{cursor}"` is not in the first request. Because other
 * values must not be left out that way, a string with `{cursor}` has no other placeholder, nor has a string with `{until}`
 * when `resume` is `cursor`. Names of parameters, headers and members have no placeholders.
 *
 * A path names a place in an answer or a body: member names joined by dots (`page.after`), or an RFC 9535 JSONPath that
 * begins with `$` (`$['@odata.nextLink']`, `$.groups[*].events`). If it finds several values, the first one counts. The path
 * of a list may name its elements: `items`, `$.items` and `$.items[*]` are the same.
 *
 * `Name` is a setting's name, `Text` a string with placeholders.
 */
export interface RestSpec<Name extends string = string, Text extends string = string> {
  /** The url setting that holds the base address. */
  readonly base: Name;
  /** Appended to the base address. Begins with `/` and has no query. @example '/orgs/{org}/log' */
  readonly path: Text;
  /** A POST must only read, because it is retried as a GET is. @default 'GET' */
  readonly method?: 'GET' | 'POST';
  /**
   * Sent with every request: visible ASCII, blanks and tabs. A value that a header cannot hold fails the run before anything
   * is sent. Headers of the connection, such as `host`, `content-encoding` and the header of `auth` are not allowed.
   */
  readonly headers?: Readonly<Record<string, Text>>;
  /**
   * Sent with every request of a read, unless the next link or a cursor sent alone replaces it.
   * @example { phrase: 'created:{since}..{until}' }
   */
  readonly query?: Readonly<Record<string, Text | number | boolean>>;
  /**
   * The body of a POST. Later requests send it too, unless a cursor sent alone replaces it. JSON for a declared
   * `content-type` of JSON or `text/plain`; form fields for `application/x-www-form-urlencoded`.
   */
  readonly body?: JsonObject;
  /** How a request authenticates. @default no authentication */
  readonly auth?: Auth<Name, Text>;
  /** The format of an answer that is not JSON; `records` is then `$`. @default JSON */
  readonly format?: AnswerFormat;
  /**
   * True for answers of any size: an answer is read as it arrives and delivered in pages of some thousand records. A run that ends
   * within it requests it again and continues behind what was delivered; an answer that changed since is read from its
   * beginning, and what was delivered is recognized. For a `format` of lines and `oneAnswer()`. `answer.timeoutMs` of the source
   * then limits the wait for the next bytes, and `answer.maxBytes` nothing. @default an answer is held whole
   */
  readonly streamed?: true;
  /** The path of the array of the records in an answer, `$` where the answer is the array. @example 'data.items' */
  readonly records: string;
  /**
   * Set for a vendor whose record holds a list of events: the path of the list in a record. Each element is then a record of its
   * own: a copy of its parent, with the element in the place of the list. In columns, `events.name` is a member of the element,
   * and `actor.email` still one of the parent. A parent without a list, or with an empty one, stays one record. Pages and positions
   * count parents. The `time` of the table is the parent's. Its `eventId` is an id of the element; if elements have none, leave it
   * out: `EventId` is then a hash of the record, with an ordinal among equal ones.
   * @example 'events' @see https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities
   */
  readonly explode?: string;
  /** Set for a vendor whose list has only ids: `records` is then the path of the ids, and this fetches their records. */
  readonly details?: RestDetails<Text>;
  /**
   * Set for a vendor that prepares an export: this request orders it, and `records` is the path in a chunk. It is read by
   * windows; spread `oneAnswer()` into the declaration.
   */
  readonly export?: RestExport<Text>;
  /**
   * Set for a vendor that writes files and lists them: `records` is then the path of the list, each of whose records names a
   * file. It is read by windows of the list's time.
   */
  readonly files?: RestFiles<Text>;
  /**
   * What a good answer says at a path, for a vendor that answers 200 in any case.
   * @default an answer with the list of `records` is good, unless a member such as `error`, `errors` or `success` says otherwise
   */
  readonly success?: RestSuccess;
  /** How the next page is requested. */
  readonly next: RestNext;
  /** What marks the last page. */
  readonly stop: RestStop;
  /**
   * How a run continues after the previous one. `cursor`: by the last next link or token, which the vendor keeps valid ·
   * `time`: in windows of event time, so that late events are not missed and nothing is sent twice.
   */
  readonly resume: 'cursor' | 'time';
  /**
   * What a run does if the vendor refuses the link or token of the previous run with any 4xx except 401, 403, 408 and 429.
   * `read-again`: it reads again from the newest event delivered, less the longest lag of `window` (an hour without `window`),
   * but not from before the start of the source. Without `since` it reads from the oldest record that the vendor gives. Nothing is missed; events of the overlap are sent again with the same ids.
   * The log reports it. Only for `resume: 'cursor'`.
   * @default the run fails, and the error says how an operator continues
   */
  readonly expired?: 'read-again';
  /**
   * The lower bound. Only `{ format }` if the declaration contains `{since}`. Absent for a vendor that takes no time: the
   * first run then reads from the oldest record that the vendor gives, whatever START says, and the next ones by the kept link or
   * token. Such a source has no windows and no backfills.
   */
  readonly since?: RestTime;
  /** The upper bound. Absent if the vendor has none. */
  readonly until?: RestTime;
  /**
   * The lateness of the vendor and the limits of one range. A source that resumes by cursor uses it for backfills only.
   * @default with `resume: 'time'`, lags of one minute to one hour
   */
  readonly window?: WindowSpec;
}

/** Carries the setting names of a declaration for the compiler. Never set at run time. */
export interface NamesSettings<Name extends string> {
  /** The names. */
  readonly settingNames?: Name;
}
