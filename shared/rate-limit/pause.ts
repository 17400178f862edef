import type { BudgetState } from './reservation';
import { boundedEnd, boundedWait, LONGEST_WAIT_MS } from '../values/wait-bound';

/** Where a vendor does not say how long: a minute is the least that vendors' documentation asks for. */
export const FIRST_PAUSE_MS = 60_000;
/** A minute has grown to an hour long before. */
const MAX_DOUBLINGS = 10;

/** When the pause of the account ends; now without one. A pause that a wrong clock wrote far ahead is clipped. */
export function pauseEnd({ pausedUntilMs = 0 }: BudgetState, longestMs: number, nowMs: number): number {
  return boundedEnd(pausedUntilMs, nowMs, longestMs);
}

/**
 * The state once the vendor said that it is asked too often: paused for as long as it asks, or for a minute, which
 * doubles with each limit that is met before an answer is good again, up to an hour. Several requests that were on their way meet one limit.
 */
export function pausedFor(
  state: BudgetState,
  askedMs: number | undefined,
  longestMs: number,
  nowMs: number,
): BudgetState {
  const endMs = pauseEnd(state, longestMs, nowMs);
  if (askedMs !== undefined) {
    return { ...state, pausedUntilMs: Math.max(endMs, nowMs + boundedWait(askedMs, longestMs)) };
  }
  if (endMs > nowMs) return { ...state, pausedUntilMs: endMs };
  const met = Math.min(state.limitsMet ?? 0, MAX_DOUBLINGS);
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** met, LONGEST_WAIT_MS);
  return { ...state, limitsMet: met + 1, pausedUntilMs: nowMs + pauseMs };
}

/** The state after a good answer: the next limit is the first one again. */
export function withoutLimits({ limitsMet: _, ...state }: BudgetState): BudgetState {
  return state;
}
