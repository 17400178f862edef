import type { Json } from './json';

/**
 * A limit of `requests` in any `perMs` milliseconds. Several limits apply together: 10 a second, 100 a minute, 200,000 a
 * day. The window slides, so that the limit also holds for a vendor who counts by the clock.
 */
export interface RateLimit {
  /** Requests in the window; one or more. */
  readonly requests: number;
  /** The length of the window in milliseconds. */
  readonly perMs: number;
  /**
   * The depth of the vendor's token bucket, which refills with `requests` every `perMs`. May be more or fewer than
   * `requests`. @default requests
   */
  readonly burst?: number;
}

/**
 * The rate limits of one vendor account. The limits that answers report (remaining, reset, Retry-After) are obeyed too.
 * `Name` is a setting's name.
 */
export interface RateBudget<Name extends string = string> {
  /** Empty when the vendor documents none. Each `perMs` at most once. */
  readonly limits: readonly RateLimit[];
  /**
   * The settings whose values identify the account that the vendor limits. Sources, instances and processes with the same
   * values share one budget. Only a hash of the values is stored. Those that are not secret also identify the account of a
   * checkpoint: see `namesAccount` of a setting.
   * @default every url setting
   */
  readonly scope?: readonly Name[];
  /** The share of each limit left for the customer's other tools, unless RATE_SHARE is set; 0 to 1. @default 0 */
  readonly reserve?: number;
  /** The path, as in {@link Column.from}, of the wait that an answer's JSON body asks for; in seconds by default. */
  readonly wait?: { readonly from: string; readonly unit?: 'seconds' | 'milliseconds' };
  /**
   * How an answer's JSON body signals an exceeded limit that its status and words do not show: one of the values in `is` at
   * this path, with any status. A 429, and words such as "rate limit exceeded" or `TooManyRequests` in the
   * body of any error except a 401, are recognized without it.
   * @example { from: 'error', is: ['ratelimited'] }
   */
  readonly exceeded?: { readonly from: string; readonly is: readonly (string | number)[] };
}

/** How much of its rate budget a run used. */
export interface BudgetUse {
  /** Requests sent to the vendor, retries included. */
  readonly requests: number;
  /** Their total wait for a permit, in milliseconds. */
  readonly waitedMs: number;
  /** The used share of the most used limit, by all its users; 0 to 1. */
  readonly usedShare: number;
  /** When the whole limit is available again; ISO 8601, UTC. Absent when it is now. */
  readonly fullAt?: string;
}

/** Gives permits from the rate budget of an account, to one source for one run. */
export interface RequestBudget {
  /**
   * Resolves when the next request may be sent, first come first served. The request counts as sent from then on.
   * @returns a function to call when the request has ended, with its answer if one came
   * @throws UnavailableError with `resumeAt` when the permit would come after the deadline
   */
  acquire(deadline: Date, signal: AbortSignal): Promise<ReleasePermit>;
}

/**
 * Ends a request that had a permit; `answer` is absent if none came. An answer that means "too many requests" pauses the
 * account in every process: for as long as it says, else for a minute, doubled each further time up to an hour. A
 * `Retry-After` of another transient answer, such as a 503, pauses it too.
 * @returns `undefined` unless the answer means "too many requests". Never rejects.
 */
export type ReleasePermit = (answer?: BudgetAnswer) => Promise<TooManyRequests | undefined>;

/** What an answer that means "too many requests" asks for. */
export interface TooManyRequests {
  /** How long to wait, in milliseconds and clipped; absent if it is unknown. */
  readonly retryAfterMs?: number;
}

/** The parts of an answer that say something about the budget. */
export interface BudgetAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** True for a 2xx without the expected content. Its words then count as those of an error. */
  readonly isUnexpected?: boolean;
  /** The error that a 2xx reports beside its list. Nothing else in that answer counts as words of an error. */
  readonly error?: Json | undefined;
  /** The body as JSON. @throws Error when it is not JSON */
  json(): Json;
}
