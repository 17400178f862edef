import type { RateWindow } from './declared-limits';

/** How long what was reserved may be used. */
export const RESERVATION_MS = 5_000;
/** A span up to this is shared by rate: each holder has some of its requests, again and again. A longer one is counted. */
export const SHORT_MS = 10_000;
/** A long window is counted in so many steps: each costs at most that much of it, and the blob stays small. */
const STEPS = 120;
/** Nothing is held for longer from now; what says so was written by a clock that runs ahead. */
const AHEAD_MS = 2 * RESERVATION_MS;
/** The share of a long span that backfills leave to live collection, whose requests would else wait until it is over. */
export const LIVE_SHARE = 0.2;
/** Between two tries of one holder to reserve what is not there. */
const RETRY_MS = 1_000;
/** What a holder that sent nothing yet reserves of a long window. */
const FIRST = 4;

/** Requests that count until `untilMs` + the window. */
export interface UsageEntry {
  /** Of which limit, by its span. */
  readonly limit: number;
  readonly untilMs: number;
  readonly requests: number;
  /** For a short window: whose share it was. */
  readonly holder?: string;
}

/** What one process may send until then, by limit: so many in the window if it is short, so many altogether if not. */
export interface Reservation {
  readonly holder: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** How many it would send; what there is is divided by these. */
  readonly demand: number;
  readonly requests: Readonly<Record<string, number>>;
}

/** What all processes know of one account's budget. A version adds members and keeps those that it does not know. */
export interface BudgetState {
  readonly version: 1;
  readonly spent: readonly UsageEntry[];
  readonly holds: readonly Reservation[];
  /** Nobody asks before. */
  readonly pausedUntilMs?: number;
  /** How many limits were met, one after another, of which no answer said for how long. */
  readonly limitsMet?: number;
}

export const EMPTY_BUDGET: BudgetState = { version: 1, spent: [], holds: [] };

/** What a holder did since it reserved. */
export interface HolderUsage {
  readonly holder: string;
  /** When it sent each of its requests. */
  readonly sentMs: readonly number[];
  readonly demand: number;
}

/** What there is for a holder: a hold, or nothing until then. */
export type ReserveResult =
  | { readonly state: BudgetState; readonly hold: Reservation }
  | { readonly state: BudgetState; readonly retryMs: number };

export function isShort({ perMs }: RateWindow): boolean {
  return perMs <= SHORT_MS;
}

/**
 * Reserves requests for the next {@link RESERVATION_MS}. However many reserve, and whatever becomes of them, no window is
 * overfull: what another holds counts as sent for as long as it may be sent, and after it for the window's length.
 */
export function reserve(
  given: BudgetState,
  windows: readonly RateWindow[],
  turn: HolderUsage,
  nowMs: number,
): ReserveResult {
  const state = release(given, windows, turn, nowMs);
  const demands = state.holds.reduce((sum, { demand }) => sum + demand, turn.demand);
  // More than the short windows let go while it is held would lie idle.
  const most = Math.min(
    ...windows.filter(isShort).map((one) => Math.ceil((RESERVATION_MS / one.perMs + 1) * one.requests)),
  );
  const requests = Object.fromEntries(
    windows.map((window) => {
      const free = window.requests - takenOf(state, window, turn.holder);
      const part = turn.demand / demands;
      const wanted = isShort(window)
        ? Math.ceil(window.requests * part)
        : Math.min(Math.ceil(free * part), Math.max(FIRST, 2 * turn.demand), most);
      return [String(window.limit), Math.max(0, Math.min(free, wanted))] as const;
    }),
  );
  const lacking = windows.filter(({ limit }) => requests[String(limit)] === 0);
  const made = { holder: turn.holder, fromMs: nowMs, untilMs: nowMs + RESERVATION_MS, demand: turn.demand };
  if (lacking.length === 0) {
    const hold = { ...made, requests };
    return { state: { ...state, holds: [...state.holds, hold] }, hold };
  }
  const retryMs = Math.max(nowMs + RETRY_MS, ...lacking.map((window) => nextFree(state, window, nowMs)));
  if (state.holds.length === 0) return { state, retryMs };
  // Who holds something learns that another waits, and takes less the next time.
  const waiting = { ...made, untilMs: nowMs + AHEAD_MS, requests: {} };
  return { state: { ...state, holds: [...state.holds, waiting] }, retryMs };
}

/** Ends a holder's hold: what it sent is spent, the rest is free again at once. */
export function release(
  given: BudgetState,
  windows: readonly RateWindow[],
  { holder, sentMs }: Omit<HolderUsage, 'demand'>,
  nowMs: number,
): BudgetState {
  const own = given.holds.find((hold) => hold.holder === holder);
  const others = given.holds.filter((hold) => hold !== own);
  const { spent, ...rest } = expire({ ...given, holds: others }, windows, nowMs);
  // Without a hold of its own another has ended it, and counted all of it.
  const added = windows.flatMap((window): UsageEntry[] => {
    const { limit } = window;
    if (own === undefined) return [];
    if (!isShort(window)) return sentMs.map((at) => ({ limit, untilMs: stepOf(window, at), requests: 1 }));
    const requests = own.requests[String(limit)] ?? 0;
    return requests > 0 ? [{ limit, untilMs: nowMs, requests, holder }] : [];
  });
  return { ...rest, spent: joined([...spent, ...added]) };
}

/** When all of the budget may be used again; now, where nothing is used. */
export function fullAt(state: BudgetState, windows: readonly RateWindow[], nowMs: number): number {
  const ends = windows.flatMap(({ limit, perMs }) => [
    ...state.spent.filter((one) => one.limit === limit).map(({ untilMs }) => untilMs + perMs),
    ...state.holds
      .filter(({ requests }) => (requests[String(limit)] ?? 0) > 0)
      .map(({ untilMs }) => untilMs + perMs),
  ]);
  return Math.max(nowMs, ...ends);
}

/** The used share of the window of which the least is left. */
export function usedShare(state: BudgetState, windows: readonly RateWindow[]): number {
  const shares = windows.map((window) => takenOf(state, window, '') / window.requests);
  return Math.min(1, Math.max(0, ...shares));
}

/** How many of a window a backfill may use. */
function lowPriorityRequests(window: RateWindow): number {
  return isShort(window) ? window.requests : Math.max(1, Math.floor(window.requests * (1 - LIVE_SHARE)));
}

/** How long so many requests of a backfill take at least; of each window, as many go at once as it may use. */
export function leastMs(windows: readonly RateWindow[], requests: number): number {
  const spans = windows.map(
    (window) => Math.floor((requests - 1) / lowPriorityRequests(window)) * window.perMs,
  );
  return Math.max(0, ...spans);
}

/**
 * When a backfill may send, which leaves a share of each long window to what is live; now, where it may.
 * @param sent how many requests the state does not know of yet
 */
export function lowPriorityAt(
  { spent }: BudgetState,
  windows: readonly RateWindow[],
  sent: number,
  nowMs: number,
): number {
  const ends = windows.map((window) => {
    const { limit, perMs } = window;
    const own = spent.filter((one) => one.limit === limit && one.untilMs + perMs > nowMs);
    if (sum(own) + sent < lowPriorityRequests(window)) return nowMs;
    return own.length === 0 ? nowMs + perMs : Math.min(...own.map(({ untilMs }) => untilMs + perMs));
  });
  return Math.max(nowMs, ...ends);
}

/** Drops what counts no more. A hold that ended by itself counts as used up: its holder may have crashed. */
function expire(state: BudgetState, windows: readonly RateWindow[], nowMs: number): BudgetState {
  const perMsOf = new Map(windows.map(({ limit, perMs }) => [limit, perMs]));
  const isOver = ({ untilMs }: Reservation): boolean => untilMs <= nowMs;
  const lapsed = state.holds.filter(isOver).flatMap(({ holder, requests, untilMs }) =>
    Object.entries(requests).map(([limit, count]): UsageEntry => {
      const isRate = Number(perMsOf.get(Number(limit)) ?? limit) <= SHORT_MS;
      return { limit: Number(limit), untilMs, requests: count, ...(isRate ? { holder } : {}) };
    }),
  );
  const counts = ({ limit, untilMs }: UsageEntry): boolean => untilMs + (perMsOf.get(limit) ?? limit) > nowMs;
  const notAhead = (one: UsageEntry): UsageEntry => {
    const latestMs = nowMs + AHEAD_MS + Math.ceil((perMsOf.get(one.limit) ?? one.limit) / STEPS);
    return one.untilMs <= latestMs ? one : { ...one, untilMs: latestMs };
  };
  return {
    ...state,
    spent: [...state.spent, ...lapsed].map(notAhead).filter(counts),
    holds: state.holds
      .filter((hold) => !isOver(hold))
      .map((hold) => ({ ...hold, untilMs: Math.min(hold.untilMs, nowMs + AHEAD_MS) })),
  };
}

/** How many requests of a window this holder cannot use. */
function takenOf(state: BudgetState, window: RateWindow, holder: string): number {
  const spent = state.spent.filter(({ limit }) => limit === window.limit);
  const held = state.holds
    .filter((hold) => hold.holder !== holder)
    .map((hold) => ({ holder: hold.holder, requests: hold.requests[String(window.limit)] ?? 0 }));
  if (!isShort(window)) return sum([...spent, ...held]);
  // Of a short window, each other holder counts once, with its largest share. Our own share does not count against us.
  const largest = new Map<string, number>();
  for (const { holder: whose = '', requests } of [...spent, ...held]) {
    if (whose !== holder) largest.set(whose, Math.max(largest.get(whose) ?? 0, requests));
  }
  return [...largest.values()].reduce((all, one) => all + one, 0);
}

function sum(counts: readonly { readonly requests: number }[]): number {
  return counts.reduce((all, { requests }) => all + requests, 0);
}

/** When the first of what is taken will be free. */
function nextFree(state: BudgetState, { limit, perMs }: RateWindow, nowMs: number): number {
  const ends = [
    ...state.spent.filter((one) => one.limit === limit).map(({ untilMs }) => untilMs + perMs),
    // Its holder may leave some of it when it reserves again.
    ...state.holds.filter(({ requests }) => (requests[String(limit)] ?? 0) > 0).map(({ untilMs }) => untilMs),
  ].filter((end) => end > nowMs);
  return ends.length === 0 ? nowMs : Math.min(...ends);
}

/** The end of the step in which a request counts at the latest. */
function stepOf({ perMs }: RateWindow, atMs: number): number {
  const stepMs = Math.ceil(perMs / STEPS);
  return Math.ceil((atMs + Math.min(stepMs, RETRY_MS)) / stepMs) * stepMs;
}

/** One entry for each limit, end and holder. */
function joined(spent: readonly UsageEntry[]): UsageEntry[] {
  const entries = new Map<string, UsageEntry>();
  for (const one of spent) {
    const key = `${one.limit} ${one.untilMs} ${one.holder ?? ''}`;
    const before = entries.get(key);
    if (before === undefined) entries.set(key, one);
    else if (one.holder === undefined)
      entries.set(key, { ...before, requests: before.requests + one.requests });
    else entries.set(key, { ...before, requests: Math.max(before.requests, one.requests) });
  }
  return [...entries.values()];
}
