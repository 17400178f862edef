import type { Json } from './json';

/** One request as a simulated vendor met it. */
export interface VendorRequest {
  /** The source's key; empty in `answer`, which says itself whom it serves. */
  readonly source: string;
  /** In upper case. */
  readonly method: string;
  /** The connector's own address, as it was asked, without a slash at its end: `http://127.0.0.1:8080/acme`. */
  readonly base: string;
  /** Below that address. */
  readonly path: string;
  /** The whole path, as it was asked. */
  readonly fullPath: string;
  /** Decoded; one that stands there more than once has its values joined by commas. */
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As text; empty where there is none. */
  readonly body: string;
  /** What the simulator gave the connector as its settings. */
  readonly settings: Readonly<Record<string, string>>;
  /** The vendor's clock; `undefined` while the fixtures are played as they are, and time stands still. */
  readonly now: Date | undefined;
}

/** What a vendor answers instead of a page. */
export interface Refusal {
  /** 400 or more. */
  readonly status: number;
  /** Why, for the list of complaints; never a secret. */
  readonly because: string;
  /** The vendor's own error body, where it has a known one. */
  readonly body?: Json;
}

/** One record that a simulated vendor has published. */
export interface VendorEvent {
  /** As the vendor has it. */
  readonly record: Json;
  /** When it happened, by the record's own words; milliseconds since 1970. */
  readonly timeMs: number;
  /** When it could first be read; milliseconds since 1970. */
  readonly atMs: number;
  /** The file of fixtures that it stands in, counted from 0; 0 of a live vendor. */
  readonly page: number;
}

/**
 * What a source has published so far, in the order of publication: what is published later stands behind, so that a place
 * in the list stays what it is. While fixtures are played it is those, and complete from the beginning.
 */
export type PublishedEvents = (source: string) => readonly VendorEvent[];

/** As many records as one answer has. */
export interface VendorPage {
  /** In the order of the list. */
  readonly records: readonly Json[];
  /** The place behind them; `undefined` where nothing follows. */
  readonly next: number | undefined;
}

/** What a simulator may use, since it imports nothing but types. */
export interface VendorTools {
  /** A hash of a text, in lower-case hexadecimal digits. */
  hash(algorithm: 'sha1' | 'sha256' | 'sha512', text: string): string;
  /** A keyed hash of a text, in lower-case hexadecimal digits. */
  hmac(algorithm: 'sha1' | 'sha256' | 'sha512', key: string, text: string): string;
  /** Packs a text, for a file that the vendor gives packed. */
  gzip(text: string): Uint8Array;
  /**
   * The events from a place in a list on, as many as one answer has: of fixtures those of one file, of a live vendor 100,
   * fewer in the fault suite.
   * @param from a place in `events`, as a page before said it in `next`; 0 where nothing is said
   */
  page(events: readonly VendorEvent[], from?: number): VendorPage;
}

/** What a simulated vendor answers to a request that no declaration describes. */
export interface VendorAnswer {
  /** Whose records it gives, or is about. Absent for what no source owns, such as a token. */
  readonly source?: string;
  /** The HTTP status. @default 200 */
  readonly status?: number;
  /** By any name; `content-type` is JSON unless it says otherwise. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes are sent as they are, anything else as JSON. */
  readonly body: Json | Uint8Array;
}

/** What is left of a limit, for the vendor's own headers. */
export interface VendorQuota {
  /** How many requests there are in a span. */
  readonly limit: number;
  /** How many of them are left. */
  readonly remaining: number;
  /** When there is more again. */
  readonly resetAt: Date;
}

/**
 * What no declaration says and a simulated vendor must know: the default export of `connectors/<name>/simulator.ts`,
 * which imports only types from `shared` and never enters the bundle.
 */
export interface VendorRules {
  /**
   * Answers what no declaration describes: every endpoint of sources in code, and those for a token, a list of partitions
   * or an export. It keeps nothing between two requests: what it must know again stands in the token, the cursor or the
   * id that it gives out. An address of its own in an answer is made of the request's `base`.
   * @returns a refusal for a request that is wrong, which is then told to the author; `undefined` for an address that it
   * does not know
   */
  answer?(
    request: VendorRequest,
    tools: VendorTools,
    events: PublishedEvents,
  ): VendorAnswer | Refusal | undefined;
  /**
   * The request as the declaration has it, for a vendor that accepts other forms too: `Authorization: token …` in place of
   * `Bearer …`, or a default for a header that is absent. Called before a declared source's checks, which judge what it
   * returns; `check` gets that as well.
   */
  normalize?(request: VendorRequest): VendorRequest;
  /** Checks a request that the declaration already found right; a signature is checked here alone. */
  check?(request: VendorRequest, tools: VendorTools): Refusal | undefined;
  /** The vendor's rate-limit headers, sent with every answer. */
  quota?(left: VendorQuota): Readonly<Record<string, string>>;
}
