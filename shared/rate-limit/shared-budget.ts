import { randomUUID } from 'node:crypto';
import type { Clock } from '../contract/run';
import { boundedEnd } from '../values/wait-bound';
import { isShort, type RateWindow } from './declared-limits';
import { lowPriorityAt } from './low-priority';
import { forgetLimitsMet, pause, pauseEnd, withPauseEnd } from './account-pause';
import { endReservation, fullAt, RESERVATION_MS, reserve, usedShare } from './reservation';
import { EMPTY_BUDGET, type BudgetState, type BudgetStore, type Reservation } from './stored-budget';

/** A reservation is renewed so long before its end, so that no request with its permit leaves after it. */
const GUARD_MS = 250;
/** Attempts to reserve for one permit. Slow storage may answer when the reservation is already over. */
const TRIES = 3;
/** Without limits nothing is reserved, and a pause that another process met is read this often. */
const PAUSE_READ_MS = 10_000;

/** What a shared budget is made from. */
export interface SharedBudgetOptions {
  /** The name of the account in the store. */
  readonly account: string;
  readonly windows: readonly RateWindow[];
  /** The longest pause. */
  readonly longestPauseMs: number;
  /** The longest time until used requests are free again. */
  readonly longestSpanMs: number;
  readonly store: BudgetStore;
  readonly clock: Clock;
}

/** The stored budget of an account, as one process sees it: its own reservation and usage, and the pause. */
export interface SharedBudget {
  /** When the pause ends; now without one. */
  pausedUntil(): number;
  /** Reads the pause if what is known of it is older than ten seconds. @throws UnavailableError as the store does */
  refreshPause(): Promise<void>;
  /** Pauses the account. If the store cannot be written, this process alone obeys. */
  pause(retryAfterMs: number | undefined): Promise<void>;
  /** After a good answer: the next pause is a minute again. */
  succeed(): Promise<void>;
  /** When to try again to reserve; now, unless the last attempt found nothing free. */
  reserveAt(): number;
  /**
   * Reserves several seconds' worth of requests, unless enough is reserved or it is too early to try.
   * @param waiting how many requests wait or are in flight
   * @returns true if this process has a reservation
   * @throws UnavailableError as the store does
   */
  reserve(waiting: () => number): Promise<boolean>;
  /** The short windows, with what this process may send in each. */
  rates(): readonly RateWindow[];
  /** When a backfill may send. */
  lowPriorityAt(): number;
  /** Counts a request as sent. */
  send(atMs: number): void;
  /** Returns what is reserved and unused, unless `isBusy`. Never throws: a reservation also expires by itself. */
  releaseUnused(isBusy: () => boolean): Promise<void>;
  /** The used share of the most used limit, and when all of it is free again. */
  usage(): { readonly share: number; readonly fullAtMs: number };
}

export function sharedBudget(options: SharedBudgetOptions): SharedBudget {
  const { account, clock, longestPauseMs, longestSpanMs, store, windows } = options;
  const holder = randomUUID();
  const short = windows.filter(isShort);
  const long = windows.filter((window) => !isShort(window));
  let state: BudgetState | undefined;
  let reservation: Reservation | undefined;
  /** The requests since the last change of the store. */
  let sentMs: number[] = [];
  /** Clipped when it is used: a clock that is set back moves it further away. So is `retryAtMs`. */
  let pauseEndMs = 0;
  let retryAtMs = 0;
  let pauseReadMs = Number.NEGATIVE_INFINITY;

  const nowMs = (): number => clock.now().getTime();
  const pausedUntil = (): number => boundedEnd(pauseEndMs, nowMs(), longestPauseMs);
  const reserveAt = (): number => boundedEnd(retryAtMs, nowMs(), longestSpanMs);

  let storeWork: Promise<unknown> = Promise.resolve();
  /** One access to the store at a time. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const after = storeWork.then(work);
    storeWork = after.catch(() => undefined);
    return after;
  };
  const remember = (known: BudgetState): void => {
    state = known;
    pauseEndMs = Math.max(pausedUntil(), pauseEnd(known, longestPauseMs, nowMs()));
  };
  const change = async (next: (before: BudgetState) => BudgetState): Promise<void> => {
    remember(next(state ?? EMPTY_BUDGET));
    await inTurn(async () =>
      remember((await store.change(account, (before) => ({ state: next(before) }))).state),
    ).catch(() => undefined);
  };

  const isReserved = (): boolean =>
    reservation !== undefined &&
    boundedEnd(reservation.untilMs, nowMs(), RESERVATION_MS) > nowMs() + GUARD_MS &&
    long.every(({ limit }) => sentMs.length < (reservation?.requests[String(limit)] ?? 0));

  const reserveOnce = async (waiting: number): Promise<void> => {
    const usage = { holder, sentMs: [...sentMs], demand: Math.max(waiting, sentMs.length, 1) };
    const atMs = nowMs();
    const made = await store.change(account, (before) => {
      const result = reserve(before, windows, usage, atMs);
      const endMs = Math.max(pauseEnd(before, longestPauseMs, atMs), pausedUntil());
      return { ...result, state: withPauseEnd(result.state, endMs, atMs) };
    });
    // Requests that were sent meanwhile are counted by the next change.
    sentMs = sentMs.slice(usage.sentMs.length);
    remember(made.state);
    reservation = made.reservation;
    retryAtMs = made.reservation === undefined ? made.retryAtMs : 0;
  };

  return {
    pausedUntil,
    reserveAt,
    async refreshPause() {
      if (Math.abs(nowMs() - pauseReadMs) < PAUSE_READ_MS) return;
      await inTurn(async () => {
        remember(await store.read(account));
        pauseReadMs = nowMs();
      });
    },
    async pause(retryAfterMs) {
      const atMs = nowMs();
      await change((before) => pause(before, retryAfterMs, longestPauseMs, atMs));
    },
    async succeed() {
      if (state?.limitsMet !== undefined && pausedUntil() <= nowMs()) await change(forgetLimitsMet);
    },
    async reserve(waiting) {
      for (let tries = 0; tries < TRIES && !isReserved() && reserveAt() <= nowMs(); tries++)
        await inTurn(() => reserveOnce(waiting()));
      return reservation !== undefined;
    },
    rates: () =>
      short.map((window) => ({ ...window, requests: reservation?.requests[String(window.limit)] ?? 0 })),
    lowPriorityAt: () => lowPriorityAt(state ?? EMPTY_BUDGET, long, sentMs.length, nowMs()),
    send: (atMs) => void sentMs.push(atMs),
    async releaseUnused(isBusy) {
      const release = async (): Promise<void> => {
        if ((reservation === undefined && retryAtMs === 0) || isBusy()) return;
        const usage = { holder, sentMs: [...sentMs] };
        reservation = undefined;
        retryAtMs = 0;
        const atMs = nowMs();
        const made = await store.change(account, (before) => ({
          state: endReservation(before, windows, usage, atMs),
        }));
        sentMs = sentMs.slice(usage.sentMs.length);
        state = made.state;
      };
      await inTurn(release).catch(() => undefined);
    },
    usage() {
      const known = state ?? EMPTY_BUDGET;
      return { share: usedShare(known, windows), fullAtMs: fullAt(known, windows, nowMs()) };
    },
  };
}
