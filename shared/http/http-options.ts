import type { RequestBudget } from '../contract/budget';
import type { Secrets } from '../values/secrets/secrets';
import type { Clock, Log } from '../contract/run';
import type { Tls } from '../settings/tls-settings';

/** One attempt, from the first byte sent to the last one read. */
export const ATTEMPT_TIMEOUT_MS = 100_000;
/** The least time for an attempt: a run that started late must still read one page to make progress. */
export const MIN_ATTEMPT_MS = 2_000;
/** A longer body is refused while it is received. */
export const MAX_BODY_BYTES = 128 * 1024 * 1024;

/** What one run may reach, and how its errors name what must be changed. */
export interface HttpOptions {
  /** Who asks, for messages: `acme/alerts`. */
  readonly who: string;
  /** The only origins that may be reached. */
  readonly origins: readonly string[];
  /** The variables that hold the address and the credentials, for messages. */
  readonly variables: { readonly address: readonly string[]; readonly credentials: readonly string[] };
  /** What the settings hold, by variable: one is named, and never told, where a header cannot hold it. @default none */
  readonly settings?: Readonly<Record<string, string>>;
  /** Masked in every message; the credentials that are sent and received are added. */
  readonly secrets: Secrets;
  /** Certificate authorities to trust besides the well-known ones, and a client certificate. @default neither */
  readonly tls?: Tls;
  /** The vendor's rate limits: each attempt acquires a permit. @default no limit */
  readonly budget?: RequestBudget;
  /** No wait and no retry begins that would end after this. */
  readonly deadline: Date;
  /** No wait and no retry of a request begins that would end later than this after its first attempt. @default the deadline */
  readonly patienceMs?: number;
  /** Ends a request that is on its way. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  /** The plan or the right without which the vendor answers 403 or 404. */
  readonly needs?: string | undefined;
  /** Of one attempt. @default 100 seconds */
  readonly timeoutMs?: number | undefined;
  /** @default 128 MiB */
  readonly maxBodyBytes?: number | undefined;
}
