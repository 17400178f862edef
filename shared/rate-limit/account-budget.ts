import type {
  BudgetAnswer,
  RateBudget,
  ReleasePermit,
  RequestBudget,
  TooManyRequests,
} from '../contract/budget';
import { UnavailableError } from '../contract/errors';
import type { Clock } from '../contract/run';
import { boundedEnd, boundedWait, longestWaitMs } from '../values/wait-bound';
import { readRateHeaders } from './answer/rate-limit-headers';
import { compileRetryAfter } from './answer/retry-after';
import { compileTooManyRequests } from './answer/too-many-requests';
import { isShort, windowsOf } from './declared-limits';
import { observedLimits } from './observed-limits';
import { createPacer } from './pacer';
import { permitQueue } from './permit-queue';
import { sharedBudget, type SharedBudget } from './shared-budget';
import { slidingWindowLog } from './sliding-window-log';
import type { BudgetStore } from './stored-budget';

/** The permits of one process for one account. */
export interface AccountBudget extends RequestBudget {
  /** @param isLowPriority true for a backfill: live requests come first, and a share of each long limit stays unused */
  acquire(deadline: Date, signal: AbortSignal, isLowPriority?: boolean): Promise<ReleasePermit>;
  /** Returns what is reserved and unused. Never throws: a reservation also expires by itself. */
  releaseUnused(): Promise<void>;
  usage: SharedBudget['usage'];
}

/** What an account's budget is made from. */
export interface AccountBudgetOptions {
  /** The name of the account in the store. */
  readonly account: string;
  /** For messages. */
  readonly who: string;
  readonly budget: RateBudget;
  /** The share of each limit that may be used. */
  readonly share: number;
  readonly store: BudgetStore;
  readonly clock: Clock;
}

/**
 * Gives permits, first come first served, as soon as all of these allow it: the pause of the account, what the vendor's
 * answers say is left, and the declared limits, of which this process has a reservation. It also reads each answer.
 */
export function createAccountBudget(options: AccountBudgetOptions): AccountBudget {
  const { account, budget, clock, share, store, who } = options;
  const windows = windowsOf(budget.limits, share);
  const longestPauseMs = longestWaitMs(budget);
  // A request may count for more than its span: a 120th of a long one, and a quarter where the answer was slow.
  const longestSpanMs = Math.max(longestPauseMs, ...windows.map(({ perMs }) => 1.25 * perMs));
  const shared = sharedBudget({ account, windows, longestPauseMs, longestSpanMs, store, clock });
  const observed = observedLimits(1 - share);
  const pacer = createPacer();
  const log = slidingWindowLog(Math.max(0, ...windows.filter(isShort).map(({ perMs }) => perMs)));
  const [retryAfterOf, tooManyOf] = [compileRetryAfter(budget), compileTooManyRequests(budget)];
  let inFlight = 0;
  const nowMs = (): number => clock.now().getTime();

  /** When the next request may be sent. @throws UnavailableError when the store cannot be reached */
  const earliestPermit = async (isLowPriority: boolean): Promise<number> => {
    if (windows.length === 0) await shared.refreshPause();
    const observedMs = observed.nextAt(inFlight, nowMs(), isLowPriority);
    const blockedMs = Math.max(shared.pausedUntil(), shared.reserveAt(), observedMs);
    if (blockedMs > nowMs() || windows.length === 0) return blockedMs;
    const isReserved = await shared.reserve(() => permits.length() + inFlight);
    if (!isReserved || shared.pausedUntil() > nowMs())
      return Math.max(shared.reserveAt(), shared.pausedUntil());
    const rates = shared.rates();
    if (!isLowPriority) return log.nextAt(rates, nowMs());
    const lowPriorityMs = shared.lowPriorityAt();
    if (lowPriorityMs > nowMs()) return lowPriorityMs;
    return Math.max(pacer.nextAt(rates, nowMs()), log.nextAt(rates, nowMs()));
  };

  /** Reads what an answer says about the account, and pauses the account where the answer asks for it. */
  const observe = async (answer: BudgetAnswer): Promise<TooManyRequests | undefined> => {
    const now = clock.now();
    const limits = readRateHeaders(answer.headers, now);
    observed.observe(
      limits.map((limit) => ({ ...limit, resetMs: boundedWait(limit.resetMs, longestPauseMs) })),
      now.getTime(),
    );
    const tooMany = tooManyOf(answer, now);
    const retryAfterMs = tooMany === undefined ? retryAfterOf(answer, now) : tooMany.retryAfterMs;
    if (tooMany !== undefined || retryAfterMs !== undefined) await shared.pause(retryAfterMs);
    else if (answer.status < 300) await shared.succeed();
    if (tooMany === undefined) return undefined;
    return { retryAfterMs: Math.max(0, shared.pausedUntil() - now.getTime()) };
  };

  const grant = (): ReleasePermit => {
    const sent = log.send(nowMs());
    pacer.send(shared.rates(), sent.atMs);
    shared.send(sent.atMs);
    inFlight++;
    return async (answer) => {
      inFlight--;
      log.answer(sent, nowMs(), answer !== undefined && answer.status < 300);
      const observing = answer === undefined ? undefined : observe(answer);
      permits.recheck();
      return observing;
    };
  };

  const permits = permitQueue({
    clock,
    nextAt: async (isLowPriority) => boundedEnd(await earliestPermit(isLowPriority), nowMs(), longestSpanMs),
    // While answers are in flight this time may still become earlier. Refuse only for a pause or an observed limit.
    earliestAt: (atMs) => (inFlight > 0 ? Math.max(shared.pausedUntil(), observed.nextAt(0, nowMs())) : atMs),
    grant,
    refuse: (atMs) =>
      atMs <= shared.pausedUntil() ? pausedError(who, new Date(atMs)) : usedUpError(who, new Date(atMs)),
  });

  return {
    acquire: permits.acquire,
    releaseUnused: () => shared.releaseUnused(() => permits.length() > 0 || inFlight > 0),
    usage: shared.usage,
  };
}

function usedUpError(who: string, at: Date): UnavailableError {
  return new UnavailableError(
    `asking ${who}: its rate budget is used up until ${at.toISOString()}. The next run goes on then.`,
    { resumeAt: at },
  );
}

function pausedError(who: string, at: Date): UnavailableError {
  return new UnavailableError(
    `asking ${who}: the account is paused until ${at.toISOString()}, because the vendor answered that it is asked too often or is not ready. The next run goes on then.`,
    { resumeAt: at },
  );
}
