import type { JsonObject } from './json';

/** How a request shows who is asking. Settings are named, never given. */
export type RestAuth =
  /** `Authorization: Bearer <setting>` @see RFC 6750 */
  | { readonly kind: 'bearer'; readonly setting: string }
  /** `<header>: <prefix><setting>` */
  | { readonly kind: 'header'; readonly header: string; readonly prefix?: string; readonly setting: string };

/** Where a value goes into the request: a query parameter, or a member of the JSON body. */
export interface RestParameter {
  readonly in: 'query' | 'body';
  readonly name: string;
}

/** How the next page is asked for. */
export type RestNext =
  /** By the address in the answer's `Link` header with this relation. @see RFC 8288 */
  | { readonly kind: 'link'; readonly rel?: string }
  /**
   * By a token that stands in the answer at this JSONPath and is sent back as this parameter.
   * `alone`: the vendor wants the token and nothing else; `query` or `body` go with the first request only.
   */
  | { readonly kind: 'cursor'; readonly from: string; readonly send: RestParameter; readonly alone?: true };

/**
 * When a page is the last one of a run. Only the source knows:
 * `no-next`, the answer names no next page · `empty-page`, it has no records (the vendor always names a next one) ·
 * `unless`, the boolean at this JSONPath is not true.
 */
export type RestStop =
  | { readonly on: 'no-next' }
  | { readonly on: 'empty-page' }
  | { readonly on: 'unless'; readonly path: string };

/** A REST source as data: what `rest()` turns into a pull, and what the simulated vendor is made from. */
export interface RestSpec {
  /** The url setting that holds the base address. */
  readonly base: string;
  /** Appended to the base address; begins with `/`. */
  readonly path: string;
  /** @default 'GET' */
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent with the first request of a read, and with later ones unless the next link or a cursor sent alone replaces it. */
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** The JSON body of a POST; later requests hold it too unless a cursor sent alone replaces it. */
  readonly body?: JsonObject;
  readonly auth?: RestAuth;
  /** An RFC 9535 JSONPath to the records of an answer. @example '$.items[*]' */
  readonly records: string;
  readonly next: RestNext;
  readonly stop: RestStop;
  /**
   * How a run goes on after the one before: `cursor`, by the last next link or token, which the vendor keeps
   * valid · `time`, by the newest event time, inclusive (a run that stopped between two pages still goes on by cursor).
   */
  readonly resume: 'cursor' | 'time';
  /** The parameter that says from when. The value is ISO 8601 in UTC, inclusive. */
  readonly since: RestParameter;
}
