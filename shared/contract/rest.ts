import type { JsonObject } from './json';
import type { WindowSpec } from './windows';

/** How a request authenticates. Settings are named, never given: `Name` is a setting's name. */
export type RestAuth<Name extends string = string> =
  /** `Authorization: Bearer <setting>` @see RFC 6750 */
  | { readonly kind: 'bearer'; readonly setting: Name }
  /** `<header>: <prefix><setting>` */
  | { readonly kind: 'header'; readonly header: string; readonly prefix?: string; readonly setting: Name }
  /** By headers computed from each request, none of them in `headers`; the simulated vendor checks them in the folder’s `simulator.ts`. */
  | { readonly kind: 'signature'; readonly settings: readonly Name[]; readonly sign: SignRequest };

/** What a signature covers: the request as it will be sent. */
export interface UnsignedRequest {
  /** In upper case. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the port, where it is not the usual one. */
  readonly host: string;
  /** Encoded as it is sent. */
  readonly path: string;
  /** Name and value of each query parameter, not encoded. */
  readonly query: readonly (readonly [string, string])[];
  /** The empty string where there is none. */
  readonly body: string;
  /** When the request is made. An attempt that is repeated after a wait has the headers of the first one. */
  readonly at: Date;
}

/** Gives the headers that sign a request, from the values of the settings that were named. Pure. */
export type SignRequest = (
  request: UnsignedRequest,
  settings: Readonly<Record<string, string>>,
) => Readonly<Record<string, string>>;

/**
 * Where a value goes into the request: short for a member of `query` or `body` that is the value's placeholder and
 * nothing else.
 */
export interface RestParameter {
  /** `body` is for a POST. */
  readonly in: 'query' | 'body';
  /** In the body, member names joined by dots: `variables.after` is `after` within `variables`. */
  readonly name: string;
}

/** How a time is written. `iso` is ISO 8601 in UTC with milliseconds or finer, `iso-s` with whole seconds. */
export type RestTimeFormat = 'iso' | 'iso-s' | 'epoch-s' | 'epoch-ms';

/**
 * A bound of the read: how its time is written, and where, unless the declaration holds its placeholder. What its format
 * cannot hold is cut off: a lower bound shows more, never less.
 */
export interface RestTime extends Partial<RestParameter> {
  /** The epochs are numbers in a JSON body, where they stand alone. @default 'iso' */
  readonly format?: RestTimeFormat;
}

/** How the next page is asked for. */
export type RestNext =
  /** By the address in the answer's `Link` header with this relation. @see RFC 8288 */
  | { readonly kind: 'link'; readonly rel?: string }
  /**
   * By a token that stands in the answer at this JSONPath and is sent back as text: as the parameter `send`, or where
   * the declaration holds `{cursor}`.
   * `join`: it has several values, all that the JSONPath finds, which are sent with this text between them.
   * `alone`: the vendor wants the token and nothing else; of `query` and `body`, only the members that hold it are sent
   * with later requests.
   */
  | {
      readonly kind: 'cursor';
      readonly from: string;
      readonly join?: string;
      readonly send?: RestParameter;
      readonly alone?: true;
    }
  /**
   * By time alone: `since` is the newest time of the page, inclusive, so that each page shows again what the one
   * before had at that time. For vendors without paging that give the oldest records first, up to a number.
   */
  | { readonly kind: 'time' };

/**
 * When a page is the last one of a run. Only the source knows:
 * `no-next`, the answer names no next page · `empty-page`, it has no records (the vendor always names a next one; in
 * a window, that it names none, the same one again, or one after several empty pages in a row) · `unless`, the boolean at this JSONPath is not true · `short-page`, it has fewer records than a full one.
 */
export type RestStop =
  | { readonly on: 'no-next' }
  | { readonly on: 'empty-page' }
  | { readonly on: 'unless'; readonly path: string }
  | { readonly on: 'short-page'; readonly full: number };

/**
 * A REST source as data: what `rest()` turns into a pull, and what the simulated vendor is made from.
 *
 * In `path`, and in every text of `query`, `headers` and `body`, however deep, a name in braces is a placeholder:
 *
 * | Placeholder | Stands for |
 * |---|---|
 * | `{since}`, `{until}` | the bounds of the read, as `since` and `until` say how they are written |
 * | `{cursor}` | the token of the next page |
 * | `{partition}` | what the source's `partitions` lists |
 * | any other | the value of that setting |
 *
 * What holds a value that a request does not have (no cursor yet, no end, an optional setting alone) is left out: the
 * parameter, the header, the member, the segment of the path. A value is encoded as its place demands. `{{name}}` is the
 * text `{name}`; any other brace is text, as in a GraphQL query.
 *
 * Literal text is left out with the value that it stands beside: `id gt "{cursor}"` is not in the first request. Values
 * must not be: `{cursor}` stands in one text with no other placeholder, nor does `{until}` where `resume` is `cursor`.
 * Names of parameters, headers and members hold no placeholder.
 *
 * `Name` is a setting's name, `Text` a text that may hold placeholders.
 */
export interface RestSpec<Name extends string = string, Text extends string = string> {
  /** The url setting that holds the base address. */
  readonly base: Name;
  /** Appended to the base address; begins with `/`, without a query. @example '/orgs/{org}/log' */
  readonly path: Text;
  /** A POST only asks: it is repeated as a GET is. @default 'GET' */
  readonly method?: 'GET' | 'POST';
  /**
   * Sent with every request: visible ASCII, with blanks and tabs between. A value that a header cannot hold fails the run
   * before anything is sent. Not those of the connection, such as `host`, nor `content-encoding`, nor the one of `auth`.
   */
  readonly headers?: Readonly<Record<string, Text>>;
  /**
   * Sent with the first request of a read, and with later ones unless the next link or a cursor sent alone replaces it.
   * @example { phrase: 'created:{since}..{until}' }
   */
  readonly query?: Readonly<Record<string, Text | number | boolean>>;
  /**
   * The body of a POST; later requests hold it too unless a cursor sent alone replaces it. JSON, under a declared
   * `content-type` of JSON or `text/plain`; with `application/x-www-form-urlencoded` the fields of a form.
   */
  readonly body?: JsonObject;
  /** How a request authenticates. @default it does not */
  readonly auth?: RestAuth<Name>;
  /** An RFC 9535 JSONPath to the records of an answer. @example '$.items[*]' */
  readonly records: string;
  /** How the next page is asked for. */
  readonly next: RestNext;
  /** When a page is the last one. */
  readonly stop: RestStop;
  /**
   * How a run goes on after the one before: `cursor`, by the last next link or token, which the vendor keeps
   * valid · `time`, in windows of event time: nothing is missed that comes late, and nothing sent twice.
   */
  readonly resume: 'cursor' | 'time';
  /** From when; inclusive. `{ format }` alone where `{since}` stands in the declaration. */
  readonly since: RestTime;
  /** Until when; inclusive. Absent where the vendor takes no end. */
  readonly until?: RestTime;
  /**
   * How late the vendor shows events, and how much may be asked for at once. Of a source that resumes by cursor it
   * says how a range of its past is read.
   * @default with `resume: 'time'`, lags of one minute to one hour
   */
  readonly window?: WindowSpec;
}

/** Carries the names of settings that a declaration holds, for the compiler alone: never set. */
export interface NamesSettings<Name extends string> {
  /** The names. */
  readonly settingNames?: Name;
}
