import { boundedEnd, boundedWait, LONGEST_WAIT_MS } from '../values/wait-bound';
import type { BudgetState } from './stored-budget';

/* The pause of an account after "too many requests". It is stored with the budget, so that every process obeys it. */

/** The first pause if an answer does not say how long: the shortest wait that vendors' documentation asks for. */
const FIRST_PAUSE_MS = 60_000;
/** Long before this a minute has grown to an hour. */
const MAX_DOUBLINGS = 10;

/** When the pause of the account ends; `nowMs` without one. A stored end that only a wrong clock can have written is ignored. */
export function pauseEnd({ pausedUntilMs = 0 }: BudgetState, longestMs: number, nowMs: number): number {
  return boundedEnd(pausedUntilMs, nowMs, longestMs);
}

/**
 * The state after "too many requests": paused for `retryAfterMs`, else for a minute, doubled for each time without a good
 * answer in between, up to an hour. Requests that were in flight together count once.
 */
export function pause(
  state: BudgetState,
  retryAfterMs: number | undefined,
  longestMs: number,
  nowMs: number,
): BudgetState {
  const endMs = pauseEnd(state, longestMs, nowMs);
  if (retryAfterMs !== undefined) {
    return { ...state, pausedUntilMs: Math.max(endMs, nowMs + boundedWait(retryAfterMs, longestMs)) };
  }
  if (endMs > nowMs) return { ...state, pausedUntilMs: endMs };
  const met = Math.min(state.limitsMet ?? 0, MAX_DOUBLINGS);
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** met, LONGEST_WAIT_MS);
  return { ...state, limitsMet: met + 1, pausedUntilMs: nowMs + pauseMs };
}

/** The state after a good answer: the next pause is a minute again. */
export function forgetLimitsMet({ limitsMet: _, ...state }: BudgetState): BudgetState {
  return state;
}

/** The state with this pause, or with none if it is over. */
export function withPauseEnd(
  { pausedUntilMs: _, ...state }: BudgetState,
  endMs: number,
  nowMs: number,
): BudgetState {
  return endMs > nowMs ? { ...state, pausedUntilMs: endMs } : state;
}
