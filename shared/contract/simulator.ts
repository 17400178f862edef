import type { Json } from './json';

/** One request that a simulated vendor received. */
export interface VendorRequest {
  /** The source's key. Empty in `answer`, whose result names the source. */
  readonly source: string;
  /** In upper case. */
  readonly method: string;
  /** The connector's base address as requested, without a final slash: `http://127.0.0.1:8080/acme`. */
  readonly base: string;
  /** The path below the base address. */
  readonly path: string;
  /** The whole requested path. */
  readonly fullPath: string;
  /** Decoded. The values of a repeated parameter are joined by commas. */
  readonly query: Readonly<Record<string, string>>;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As text. Empty when there is none. */
  readonly body: string;
  /** The settings that the simulator gave the connector. */
  readonly settings: Readonly<Record<string, string>>;
  /** The vendor's clock. `undefined` while fixtures are replayed unchanged and time stands still. */
  readonly now: Date | undefined;
}

/** An error that a vendor answers instead of a page. */
export interface Refusal {
  /** 400 or more. */
  readonly status: number;
  /** The reason, reported to the author. Never a secret. */
  readonly because: string;
  /** The vendor's own error body, if known. */
  readonly body?: Json;
}

/** One record that a simulated vendor has published. */
export interface VendorEvent {
  /** The record as the vendor has it. */
  readonly record: Json;
  /** The record's event time; milliseconds since 1970. */
  readonly timeMs: number;
  /** When it could first be read; milliseconds since 1970. */
  readonly atMs: number;
  /** The index of its fixture file; 0 for a live vendor. */
  readonly page: number;
}

/**
 * The events that a source has published so far, in the order of publication. New events are appended, so that an index in
 * the list stays valid. During a replay of fixtures, all of them from the beginning.
 */
export type PublishedEvents = (source: string) => readonly VendorEvent[];

/** The records of one answer. */
export interface VendorPage {
  /** In the order of the list. */
  readonly records: readonly Json[];
  /** The index after them; `undefined` at the end of the list. */
  readonly next: number | undefined;
}

/** Functions for a simulator, which imports only types. */
export interface VendorTools {
  /** A hash of a text, in lower-case hexadecimal digits. */
  hash(algorithm: 'sha1' | 'sha256' | 'sha512', text: string): string;
  /** A keyed hash of a text, in lower-case hexadecimal digits. */
  hmac(algorithm: 'sha1' | 'sha256' | 'sha512', key: string, text: string): string;
  /** Compresses a text, for a vendor that serves compressed files. */
  gzip(text: string): Uint8Array;
  /**
   * Gets one answer's events from an index of a list: for fixtures those of one file, for a live vendor 100, fewer in the
   * fault suite.
   * @param from an index in `events`, as in `next` of the previous page. @default 0
   */
  page(events: readonly VendorEvent[], from?: number): VendorPage;
}

/** The answer of a simulated vendor to a request that no declaration describes. */
export interface VendorAnswer {
  /** The source that it belongs to. Absent when no source owns it, as with a token. */
  readonly source?: string;
  /** The HTTP status. @default 200 */
  readonly status?: number;
  /** `content-type` is JSON by default. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes are sent unchanged, anything else as JSON. */
  readonly body: Json | Uint8Array;
}

/** The state of a rate limit, for the vendor's headers. */
export interface VendorQuota {
  /** Requests in the window. */
  readonly limit: number;
  /** Remaining requests. */
  readonly remaining: number;
  /** When the limit resets. */
  readonly resetAt: Date;
}

/**
 * The rules of a simulated vendor that no declaration contains: the default export of `connectors/<name>/simulator.ts`. The
 * file imports only types from `shared` and is not in the bundle.
 */
export interface VendorRules {
  /**
   * Answers requests that no declaration describes: all endpoints of sources in code, and those for a token, a list of
   * partitions or an export. It is stateless: put anything it needs later into the token, cursor or id that it returns.
   * Build its own addresses from the request's `base`.
   * @returns a refusal for an invalid request, which is reported to the author; `undefined` for an unknown address
   */
  answer?(
    request: VendorRequest,
    tools: VendorTools,
    events: PublishedEvents,
  ): VendorAnswer | Refusal | undefined;
  /**
   * Rewrites a request into the declared form, for a vendor that accepts other forms too: `Authorization: token …` instead of
   * `Bearer …`, or a default for an absent header. Its result goes to the checks of the declaration and to `check`.
   */
  normalize?(request: VendorRequest): VendorRequest;
  /** Checks a request that passed the checks of the declaration. The only check of a signature. */
  check?(request: VendorRequest, tools: VendorTools): Refusal | undefined;
  /** The vendor's rate-limit headers, sent with every answer. */
  quota?(left: VendorQuota): Readonly<Record<string, string>>;
}
