import type { Json } from './json';

/** One request as a simulated vendor met it. */
export interface VendorRequest {
  /** The source's key. */
  readonly source: string;
  /** In upper case. */
  readonly method: string;
  /** Below the connector's own address. */
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

/** What a check may use, since it imports nothing but types. Both give lower-case hexadecimal digits. */
export interface VendorTools {
  /** A hash of a text. */
  hash(algorithm: 'sha1' | 'sha256' | 'sha512', text: string): string;
  /** A keyed hash of a text. */
  hmac(algorithm: 'sha1' | 'sha256' | 'sha512', key: string, text: string): string;
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
  /** Checks a request that the declaration already found right; a signature is checked here alone. */
  check?(request: VendorRequest, tools: VendorTools): Refusal | undefined;
  /** The headers by which the vendor tells what is left of its rate limit, on every answer. */
  quota?(left: VendorQuota): Readonly<Record<string, string>>;
}
