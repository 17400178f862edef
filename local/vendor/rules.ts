import type { Json } from '../../shared/contract/json';

/** One request as the simulator met it. */
export interface VendorRequest {
  readonly source: string;
  readonly method: string;
  /** Below the connector's own address. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** What a vendor answers instead of a page. */
export interface Refusal {
  readonly status: number;
  /** Why, for the list of complaints; never a secret. */
  readonly because: string;
  /** The vendor's own error body, where it has a known one. */
  readonly body?: Json;
}

/**
 * What no declaration says and a simulated vendor must know: the default export of `connectors/<name>/simulator.ts`,
 * which imports only types from `shared`.
 */
export interface VendorRules {
  /** Checks a request that the declaration already found right. */
  check?(request: VendorRequest): Refusal | undefined;
}
