import { randomUUID } from 'node:crypto';
import type { BudgetAnswer, RateBudget, RequestBudget } from '../contract/budget';
import { UnavailableError } from '../contract/errors';
import type { Clock } from '../contract/run';
import {
  fullAt,
  giveBack,
  isShort,
  patientAt,
  reserve,
  usedShare,
  type BudgetState,
  type Hold,
} from '../kit/budget-state';
import { evenPace } from '../kit/even-pace';
import { readRateHeaders } from '../kit/rate-headers';
import { windowsOf, type RateWindow } from '../kit/rate-limits';
import { toldBudget } from '../kit/rate-told';
import { compileWait } from '../kit/rate-wait';
import { sentLog } from '../kit/sent-log';
import type { BudgetStore } from './budget-store';
import { turnQueue } from './turn-queue';

/** A hold is renewed before its end, so that no request that it let go is counted after it. */
const GUARD_MS = 250;
/** Visits to the store for one turn, at most. */
const VISITS = 3;

/** What this process may ask of one account of a vendor. */
export interface BudgetAccount extends RequestBudget {
  /** @param isPatient others come first, and some of every long span is left to them */
  take(deadline: Date, signal: AbortSignal, isPatient?: boolean): Promise<(answer?: BudgetAnswer) => void>;
  /** Gives back what is reserved and not used. Never throws: what is not given back ends by itself. */
  rest(): Promise<void>;
  /** How much is used, and until when. */
  used(): { readonly share: number; readonly fullAtMs: number };
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
  const log = sentLog(Math.max(0, ...short.map(({ perMs }) => perMs)));
  const pace = evenPace();
  const told = toldBudget(1 - share);
  const waitOf = compileWait(budget);
  const holder = randomUUID();
  let state: BudgetState | undefined;
  let hold: Hold | undefined;
  /** When the requests since the last visit to the store were sent. */
  let sentMs: number[] = [];
  let inFlight = 0;
  let pausedUntilMs = 0;
  /** When to visit again, where there was nothing to reserve. */
  let retryMs = 0;
  const nowMs = (): number => clock.now().getTime();

  /** What the store knows and this process does meet here, one visit at a time. */
  let visiting: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const after = visiting.then(work);
    visiting = after.catch(() => undefined);
    return after;
  };
  const visit = (): Promise<void> =>
    alone(async () => {
      const demand = Math.max(turns.length() + inFlight, sentMs.length, 1);
      const turn = { holder, sentMs: [...sentMs], demand };
      const atMs = nowMs();
      const made = await store.change(account, (before) => {
        const reserved = reserve(before, windows, turn, atMs);
        const paused = Math.max(before.pausedUntilMs ?? 0, pausedUntilMs);
        return {
          ...reserved,
          state: { ...reserved.state, ...(paused > atMs ? { pausedUntilMs: paused } : {}) },
        };
      });
      // What was sent meanwhile is told the next time.
      sentMs = sentMs.slice(turn.sentMs.length);
      state = made.state;
      pausedUntilMs = Math.max(pausedUntilMs, made.state.pausedUntilMs ?? 0);
      hold = 'hold' in made ? made.hold : undefined;
      retryMs = 'hold' in made ? 0 : made.retryMs;
    });

  const isHeld = (): boolean =>
    hold !== undefined &&
    nowMs() < hold.untilMs - GUARD_MS &&
    long.every(({ limit }) => sentMs.length < (hold?.requests[String(limit)] ?? 0));

  /** What is held of the windows that are shared by rate. */
  const rates = (): RateWindow[] =>
    short.map((window) => ({ ...window, requests: hold?.requests[String(window.limit)] ?? 0 }));

  /** When the next may go. */
  const nextAt = async (isPatient: boolean): Promise<number> => {
    const waitMs = Math.max(pausedUntilMs, retryMs, told.nextAt(inFlight, nowMs(), isPatient));
    if (waitMs > nowMs() || windows.length === 0) return waitMs;
    // Storage may answer when what it gave is over already.
    for (let visits = 0; visits < VISITS && !isHeld() && retryMs <= nowMs(); visits++) await visit();
    if (hold === undefined) return Math.max(retryMs, pausedUntilMs);
    const leftMs = isPatient && state !== undefined ? patientAt(state, long, sentMs.length, nowMs()) : 0;
    if (leftMs > nowMs()) return leftMs;
    const spreadMs = isPatient ? pace.nextAt(rates(), nowMs()) : nowMs();
    return Math.max(spreadMs, log.nextAt(rates(), nowMs()));
  };

  const send = (): ((answer?: BudgetAnswer) => void) => {
    pace.send(rates(), nowMs());
    const sent = log.send(nowMs());
    sentMs.push(sent.atMs);
    inFlight++;
    return (answer) => {
      inFlight--;
      log.answer(sent, nowMs(), answer !== undefined && answer.status < 300);
      if (answer !== undefined) {
        told.hear(readRateHeaders(answer.headers, clock.now()), nowMs());
        pausedUntilMs = Math.max(pausedUntilMs, nowMs() + waitOf(answer));
      }
      turns.lookAgain();
    };
  };

  const turns = turnQueue({
    clock,
    nextAt,
    // What waits for answers on their way may soon be another; nobody is sent away for it.
    surelyAt: (atMs) => (inFlight > 0 ? Math.max(pausedUntilMs, told.nextAt(0, nowMs())) : atMs),
    go: send,
    refuse: (atMs) => usedUp(who, new Date(atMs)),
  });

  return {
    take: turns.take,
    pause(ms) {
      pausedUntilMs = Math.max(pausedUntilMs, nowMs() + ms);
      // The others are to know at once, and not when this process asks the next time.
      if (windows.length > 0) void visit().catch(() => undefined);
    },
    async rest() {
      const give = async (): Promise<void> => {
        if ((hold === undefined && retryMs === 0) || turns.length() > 0 || inFlight > 0) return;
        const turn = { holder, sentMs: [...sentMs] };
        hold = undefined;
        retryMs = 0;
        const atMs = nowMs();
        const made = await store.change(account, (before) => ({
          state: giveBack(before, windows, turn, atMs),
        }));
        sentMs = sentMs.slice(turn.sentMs.length);
        state = made.state;
      };
      // Where that fails it ends by itself.
      await alone(give).catch(() => undefined);
    },
    used() {
      const known = state ?? { version: 1, spent: [], holds: [] };
      return { share: usedShare(known, windows), fullAtMs: fullAt(known, windows, nowMs()) };
    },
  };
}

function usedUp(who: string, at: Date): UnavailableError {
  return new UnavailableError(
    `asking ${who}: its rate budget is used up until ${at.toISOString()}. The next run goes on then.`,
    { resumeAt: at },
  );
}
