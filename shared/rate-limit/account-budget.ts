import { randomUUID } from 'node:crypto';
import type { BudgetAnswer, EndRequest, LimitPause, RateBudget, RequestBudget } from '../contract/budget';
import { UnavailableError } from '../contract/errors';
import type { Clock } from '../contract/run';
import {
  EMPTY_BUDGET,
  fullAt,
  release,
  RESERVATION_MS,
  isShort,
  lowPriorityAt,
  reserve,
  usedShare,
  type BudgetState,
  type Reservation,
} from './reservation';
import { compileLimit } from './answer/too-many-requests';
import { pausedFor, pauseEnd, withoutLimits } from './pause';
import { createPacer } from './pacer';
import { readRateHeaders } from './answer/rate-limit-headers';
import { windowsOf, type RateWindow } from './declared-limits';
import { observedLimits } from './observed-limits';
import { compileWait } from './answer/retry-after';
import { slidingWindowLog } from './sliding-window-log';
import { boundedEnd, boundedWait, longestWaitMs } from '../values/wait-bound';
import { permitQueue } from './permit-queue';
import type { BudgetStore } from './stored-budget';

/** A hold is renewed before its end, so that no request that it let go is counted after it. */
const GUARD_MS = 250;
/** Visits to the store for one turn, at most. */
const TRIES = 3;
/** How old what is known of a pause may be, where no reservation brings the newest. */
const PAUSE_READ_MS = 10_000;

/** What this process may ask of one account of a vendor. */
export interface BudgetAccount extends RequestBudget {
  /** @param isLowPriority others come first, and some of every long span is left to them */
  acquire(deadline: Date, signal: AbortSignal, isLowPriority?: boolean): Promise<EndRequest>;
  /** Gives back what is reserved and not used. Never throws: what is not given back ends by itself. */
  releaseUnused(): Promise<void>;
  /** How much is used, and until when. */
  usage(): { readonly share: number; readonly fullAtMs: number };
}

/** What an account is made from. */
export interface AccountOptions {
  /** Its name in the store. */
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
 * Lets requests go, first come first served: as soon as the vendor's limits, what its answers said, and what other
 * processes hold of the same budget allow it. Several seconds' worth of requests are reserved at once.
 */
export function openAccount({ account, budget, clock, share, store, who }: AccountOptions): BudgetAccount {
  const windows = windowsOf(budget.limits, share);
  const short = windows.filter(isShort);
  const long = windows.filter((window) => !isShort(window));
  const log = slidingWindowLog(Math.max(0, ...short.map(({ perMs }) => perMs)));
  const pacer = createPacer();
  const observed = observedLimits(1 - share);
  const [waitOf, limitOf] = [compileWait(budget), compileLimit(budget)];
  const longestMs = longestWaitMs(budget);
  /** What was sent is free again when its window is over: a step later where those are counted, a quarter where an answer was late. */
  const longestSpanMs = Math.max(longestMs, ...windows.map(({ perMs }) => 1.25 * perMs));
  const holder = randomUUID();
  let state: BudgetState | undefined;
  let reservation: Reservation | undefined;
  /** When the requests since the last visit to the store were sent. */
  let sentMs: number[] = [];
  let inFlight = 0;
  /** As the store gave it. It is clipped when used, because a clock that is set back makes it seem further away. */
  let pauseEndMs = 0;
  /** When to visit again, where there was nothing to reserve. */
  let retryMs = 0;
  /** When the store was last asked for a pause. */
  let pauseReadMs = Number.NEGATIVE_INFINITY;
  const nowMs = (): number => clock.now().getTime();
  const pausedUntil = (): number => boundedEnd(pauseEndMs, nowMs(), longestMs);
  const retryAt = (): number => boundedEnd(retryMs, nowMs(), longestSpanMs);

  /** What the store knows and this process does meet here, one visit at a time. */
  let storeWork: Promise<unknown> = Promise.resolve();
  const oneAtATime = <T>(work: () => Promise<T>): Promise<T> => {
    const after = storeWork.then(work);
    storeWork = after.catch(() => undefined);
    return after;
  };
  const remember = (known: BudgetState): void => {
    state = known;
    pauseEndMs = Math.max(pausedUntil(), pauseEnd(known, longestMs, nowMs()));
  };
  /** Where nothing is reserved, this is how a pause that another process met is known. */
  const readPause = (): Promise<void> =>
    oneAtATime(async () => {
      remember(await store.read(account));
      pauseReadMs = nowMs();
    });
  /** Changes what all processes know; where that fails, this one goes by it alone. */
  const update = async (next: (before: BudgetState) => BudgetState): Promise<void> => {
    remember(next(state ?? EMPTY_BUDGET));
    await oneAtATime(async () =>
      remember((await store.change(account, (before) => ({ state: next(before) }))).state),
    ).catch(() => undefined);
  };
  const reserveMore = (): Promise<void> =>
    oneAtATime(async () => {
      const demand = Math.max(permits.length() + inFlight, sentMs.length, 1);
      const turn = { holder, sentMs: [...sentMs], demand };
      const atMs = nowMs();
      const made = await store.change(account, (before) => {
        const reserved = reserve(before, windows, turn, atMs);
        const paused = Math.max(pauseEnd(before, longestMs, atMs), pausedUntil());
        return {
          ...reserved,
          state: withPause(reserved.state, paused > atMs ? paused : undefined),
        };
      });
      // What was sent meanwhile is told the next time.
      sentMs = sentMs.slice(turn.sentMs.length);
      remember(made.state);
      reservation = 'hold' in made ? made.hold : undefined;
      retryMs = 'hold' in made ? 0 : made.retryMs;
    });

  const isReserved = (): boolean =>
    reservation !== undefined &&
    boundedEnd(reservation.untilMs, nowMs(), RESERVATION_MS) > nowMs() + GUARD_MS &&
    long.every(({ limit }) => sentMs.length < (reservation?.requests[String(limit)] ?? 0));

  /** What is held of the windows that are shared by rate. */
  const rates = (): RateWindow[] =>
    short.map((window) => ({ ...window, requests: reservation?.requests[String(window.limit)] ?? 0 }));

  /** When the next may go, as far as any clock was right. */
  const soonest = async (isLowPriority: boolean): Promise<number> => {
    if (windows.length === 0 && Math.abs(nowMs() - pauseReadMs) >= PAUSE_READ_MS) await readPause();
    const waitMs = Math.max(pausedUntil(), retryAt(), observed.nextAt(inFlight, nowMs(), isLowPriority));
    if (waitMs > nowMs() || windows.length === 0) return waitMs;
    // Storage may answer when what it gave is over already.
    for (let visits = 0; visits < TRIES && !isReserved() && retryAt() <= nowMs(); visits++)
      await reserveMore();
    if (reservation === undefined || pausedUntil() > nowMs()) return Math.max(retryAt(), pausedUntil());
    const leftMs =
      isLowPriority && state !== undefined ? lowPriorityAt(state, long, sentMs.length, nowMs()) : 0;
    if (leftMs > nowMs()) return leftMs;
    const spreadMs = isLowPriority ? pacer.nextAt(rates(), nowMs()) : nowMs();
    return Math.max(spreadMs, log.nextAt(rates(), nowMs()));
  };

  const nextAt = async (isLowPriority: boolean): Promise<number> => {
    const atMs = await soonest(isLowPriority);
    return boundedEnd(atMs, nowMs(), longestSpanMs);
  };

  /** Takes in what an answer says about the account. @returns how long the account is paused then */
  const observe = async (answer: BudgetAnswer): Promise<LimitPause | undefined> => {
    const atMs = nowMs();
    const rates = readRateHeaders(answer.headers, clock.now());
    observed.observe(
      rates.map((one) => ({ ...one, resetMs: boundedWait(one.resetMs, longestMs) })),
      atMs,
    );
    const limit = limitOf(answer, clock.now());
    const askedMs = limit === undefined ? waitOf(answer, clock.now()) : limit.waitMs;
    if (limit !== undefined || askedMs !== undefined) {
      await update((before) => pausedFor(before, askedMs, longestMs, atMs));
    } else if (answer.status < 300 && state?.limitsMet !== undefined && pausedUntil() <= atMs) {
      await update(withoutLimits);
    }
    return limit === undefined ? undefined : { waitMs: Math.max(0, pausedUntil() - atMs) };
  };

  const send = (): EndRequest => {
    pacer.send(rates(), nowMs());
    const sent = log.send(nowMs());
    sentMs.push(sent.atMs);
    inFlight++;
    return async (answer) => {
      inFlight--;
      log.answer(sent, nowMs(), answer !== undefined && answer.status < 300);
      const heard = answer === undefined ? undefined : observe(answer);
      permits.recheck();
      return heard;
    };
  };

  const permits = permitQueue({
    clock,
    nextAt,
    // While answers are in flight this time may still become earlier. Refuse only for a pause or an observed limit.
    earliestAt: (atMs) => (inFlight > 0 ? Math.max(pausedUntil(), observed.nextAt(0, nowMs())) : atMs),
    grant: send,
    refuse: (atMs) =>
      atMs <= pausedUntil() ? pausedError(who, new Date(atMs)) : usedUpError(who, new Date(atMs)),
  });

  return {
    acquire: permits.acquire,
    async releaseUnused() {
      const give = async (): Promise<void> => {
        if ((reservation === undefined && retryMs === 0) || permits.length() > 0 || inFlight > 0) return;
        const turn = { holder, sentMs: [...sentMs] };
        reservation = undefined;
        retryMs = 0;
        const atMs = nowMs();
        const made = await store.change(account, (before) => ({
          state: release(before, windows, turn, atMs),
        }));
        sentMs = sentMs.slice(turn.sentMs.length);
        state = made.state;
      };
      // Where that fails it ends by itself.
      await oneAtATime(give).catch(() => undefined);
    },
    usage() {
      const known = state ?? EMPTY_BUDGET;
      return { share: usedShare(known, windows), fullAtMs: fullAt(known, windows, nowMs()) };
    },
  };
}

/** What is known, with the pause that holds; one that is over, or that no clock can have meant, is forgotten. */
function withPause({ pausedUntilMs: _, ...state }: BudgetState, untilMs: number | undefined): BudgetState {
  return untilMs === undefined ? state : { ...state, pausedUntilMs: untilMs };
}

function usedUpError(who: string, at: Date): UnavailableError {
  return new UnavailableError(
    `asking ${who}: its rate budget is used up until ${at.toISOString()}. The next run goes on then.`,
    { resumeAt: at },
  );
}

function pausedError(who: string, at: Date): UnavailableError {
  return new UnavailableError(
    `asking ${who}: it said that it is asked too often or is not ready, and is left alone until ${at.toISOString()}. The next run goes on then.`,
    { resumeAt: at },
  );
}
