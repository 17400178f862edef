import type { Json } from './json';

/**
 * So many requests in any span of this length. Several hold at once: 10 a second, 100 a minute, 200,000 a day.
 * A span slides: it begins anywhere, so that a vendor who counts by the clock is held to as well.
 */
export interface RateLimit {
  /** How many, one or more. */
  readonly requests: number;
  /** The span that they are counted in. */
  readonly perMs: number;
  /**
   * How many may go at once, where the vendor fills a bucket of this depth with `requests` every `perMs`; more or
   * fewer than `requests`. @default requests
   */
  readonly burst?: number;
}

/**
 * What a vendor lets one account ask. What its answers say of it (remaining, reset, Retry-After) is obeyed too. `Name` is a
 * setting's name.
 */
export interface RateBudget<Name extends string = string> {
  /** Empty where the vendor names none. Each `perMs` once. */
  readonly limits: readonly RateLimit[];
  /**
   * The settings whose values name the account that the vendor counts for: sources, instances and processes with the
   * same values share one budget. Only a hash of the values is kept. Those among them that are not secret also say whose
   * a checkpoint is, beside what the source's requests hold: see `namesAccount` of a setting.
   * @default every url setting
   */
  readonly scope?: readonly Name[];
  /** The share of each limit that is left to the customer's other tools, unless RATE_SHARE says otherwise. @default 0 */
  readonly reserve?: number;
  /** Where an answer's JSON body says how long to wait, an RFC 9535 JSONPath; in seconds by default. */
  readonly wait?: { readonly from: string; readonly unit?: 'seconds' | 'milliseconds' };
  /**
   * Where an answer's JSON body says that a limit is used up though neither its status nor its words do: one of these
   * values stands at this RFC 9535 JSONPath, whatever the status. 429, and words such as "rate limit exceeded" or
   * `TooManyRequests` in the body of any error but a 401, are understood without it.
   * @example { from: '$.error', is: ['ratelimited'] }
   */
  readonly exceeded?: { readonly from: string; readonly is: readonly (string | number)[] };
}

/** What a run did to its budget. */
export interface BudgetUse {
  /** Attempts sent to the vendor, retries too. */
  readonly requests: number;
  /** How long they waited for their turn, together. */
  readonly waitedMs: number;
  /** The used share of the most used limit, whatever used it; 0 to 1. */
  readonly usedShare: number;
  /** When all of it may be used again; ISO 8601, UTC. Absent where all of it may be now. */
  readonly fullAt?: string;
}

/** One source's hold on the budget of its account, for one run. */
export interface RequestBudget {
  /**
   * Resolves when the next request may be sent, first come first served; it counts as sent at that moment.
   * @returns what to call when it ended, with its answer where there was one
   * @throws UnavailableError with `resumeAt` when its turn would come after the deadline
   */
  acquire(deadline: Date, signal: AbortSignal): Promise<EndRequest>;
}

/**
 * Ends a request that was let go. Where its answer says that the account is asked too often, nobody asks it for as long
 * as the answer says, or for a minute, twice that the next time, up to an hour; every process knows it. An answer that
 * passes by itself, such as a 503, and that tells a `Retry-After` is obeyed by every process, too.
 * @returns for how long nobody asks the account; `undefined` where the answer means no limit. Never rejects.
 */
export type EndRequest = (answer?: BudgetAnswer) => Promise<LimitPause | undefined>;

/** How long an account is paused after it was asked too often. */
export interface LimitPause {
  readonly waitMs: number;
}

/** What of an answer tells of the budget. */
export interface BudgetAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** True for an answer of 2xx that does not hold what was asked for: then its words count as those of an error. */
  readonly isMisfit?: boolean;
  /** What an answer of 2xx says went wrong beside the list that it holds. Nothing else in it counts as words of an error. */
  readonly error?: Json | undefined;
  /** The body as JSON. @throws Error when it is not JSON */
  json(): Json;
}
