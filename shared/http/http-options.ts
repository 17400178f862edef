import type { RequestBudget } from '../contract/budget';
import type { Secrets } from '../values/secrets/secrets';
import type { Clock, Log } from '../contract/run';
import type { Tls } from '../settings/tls-settings';

/** Time limit of one attempt, from the first byte sent to the last one read. */
export const ATTEMPT_TIMEOUT_MS = 100_000;
/** The least time for an attempt: a run that started late must still read one page to make progress. */
export const MIN_ATTEMPT_MS = 2_000;
/** A longer body is aborted while it is received. */
export const MAX_BODY_BYTES = 128 * 1024 * 1024;

/** What one run may reach, and the names for its errors. */
export interface HttpOptions {
  /** Who sends the requests, for messages: `acme/alerts`. */
  readonly who: string;
  /** The only origins that may be reached. */
  readonly origins: readonly string[];
  /** The variables that hold the address and the credentials, for messages. */
  readonly variables: { readonly address: readonly string[]; readonly credentials: readonly string[] };
  /** Setting values by variable. When a header cannot contain one, the error names the variable, not the value. @default none */
  readonly settings?: Readonly<Record<string, string>>;
  /** Masked in every message. Credentials that are sent or received are added. */
  readonly secrets: Secrets;
  /** Certificate authorities to trust besides the well-known ones, and a client certificate. @default neither */
  readonly tls?: Tls;
  /** The vendor's rate limits: each attempt acquires a permit. @default no limit */
  readonly budget?: RequestBudget;
  /** A wait for a permit or a retry does not start if it would end after this. */
  readonly deadline: Date;
  /** A wait for a retry does not start if it would end later than this after the request began. @default the deadline */
  readonly patienceMs?: number;
  /** Aborts requests and waits. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  /** The plan or permission without which the vendor answers 403 or 404. */
  readonly needs?: string | undefined;
  /** Time limit of one attempt. @default 100 seconds */
  readonly timeoutMs?: number | undefined;
  /** Size limit of a response body. @default 128 MiB */
  readonly maxBodyBytes?: number | undefined;
}
