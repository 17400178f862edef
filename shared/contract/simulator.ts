import type { Json } from './json';

/** One request as a simulated vendor met it. */
export interface VendorRequest {
  readonly source: string;
  readonly method: string;
  /** Below the connector's own address. */
  readonly path: string;
  /** The whole path, as it was asked. */
  readonly fullPath: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** What the simulator gave the connector as its settings. */
  readonly settings: Readonly<Record<string, string>>;
  /** The vendor's clock; `undefined` while the fixtures are played as they are, and time stands still. */
  readonly now: Date | undefined;
}

/** What a vendor answers instead of a page. */
export interface Refusal {
  readonly status: number;
  /** Why, for the list of complaints; never a secret. */
  readonly because: string;
  /** The vendor's own error body, where it has a known one. */
  readonly body?: Json;
}

/** What a check may use, since it imports nothing but types. Both give lower-case hexadecimal digits. */
export interface VendorTools {
  hash(algorithm: 'sha1' | 'sha256' | 'sha512', text: string): string;
  hmac(algorithm: 'sha1' | 'sha256' | 'sha512', key: string, text: string): string;
}

/** What is left of a limit, for the vendor's own headers. */
export interface VendorQuota {
  readonly limit: number;
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
