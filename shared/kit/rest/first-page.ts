import type { PullContext } from '../../contract/connector';
import { ContractError } from '../../contract/errors';
import type { RestSpec } from '../../contract/rest';
import { compareIso } from '../../values/time';
import type { AskedPage, RestReader } from './page-reader';
import type { ReadPosition } from './read-position';

/** How far back is read again where a source does not declare how late its vendor shows an event. */
const DEFAULT_OVERLAP_MS = 3_600_000;

/** The first page of a read, and where the read stands. */
export interface FirstPage {
  readonly page: AskedPage;
  readonly at: ReadPosition;
  /** True where the page may show again what was delivered at the newest event time. */
  readonly rereads: boolean;
  /** From when the read begins again; absent where it goes on. */
  readonly readAgainFrom?: string;
}

/**
 * Asks for the first page of a read. Where the vendor refuses the saved link or token and the declaration says so, the read
 * begins again at a time; the saved position stays until a page of that read is delivered.
 */
export async function requestFirstPage(
  { ask, spec }: RestReader,
  context: PullContext,
  { rereads, ...at }: ReadPosition & { readonly rereads: boolean },
): Promise<FirstPage> {
  try {
    return { page: await ask(context, at), at, rereads };
  } catch (error) {
    const since = isRefused(error, spec, at) ? overlapFrom(spec, context) : undefined;
    if (since === undefined) throw error;
    const again = { since, until: undefined };
    return { page: await ask(context, again), at: again, rereads: true, readAgainFrom: since };
  }
}

/** True where the vendor answered, and refused what a feed without an end saved. A window begins again by itself. */
function isRefused(error: unknown, { expired }: RestSpec, { token, until }: ReadPosition): boolean {
  const isKept = expired === 'read-again' && token !== undefined && until === undefined;
  return isKept && error instanceof ContractError && error.status !== undefined;
}

/**
 * The newest event delivered, less the longest lag: a feed is in the order in which its vendor stored it, so that an event
 * that came late may be older.
 * @returns `undefined` where the vendor no longer keeps the newest one: the pull then begins at what is left, and says what is
 * lost
 */
function overlapFrom(
  { since: lower, window }: RestSpec,
  { newest, startFrom }: PullContext,
): string | undefined {
  const begin = startFrom.toISOString();
  // A vendor that takes no time gives everything that it has.
  if (newest === undefined || lower === undefined) return begin;
  if (compareIso(newest, begin) < 0) return undefined;
  const lagMs = window?.lag.maxMs ?? DEFAULT_OVERLAP_MS;
  const since = new Date(Date.parse(newest) - lagMs).toISOString();
  return compareIso(since, begin) < 0 ? begin : since;
}
