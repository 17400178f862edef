import { isShort, type RateWindow } from './declared-limits';
import type { BudgetState, Reservation, UsageEntry } from './stored-budget';

/* How processes divide one account's limits. Pure: a state of the budget in, the next state out. */

/** How long a reservation may be used. */
export const RESERVATION_MS = 5_000;
/** The usage of a long limit is kept in so many steps of its span, so that the blob stays small; a step costs 1/120 of the limit. */
const STEPS = 120;
/** No reservation ends later than this from now. One that does was written by a clock that is ahead. */
const AHEAD_MS = 2 * RESERVATION_MS;
/** Between two attempts of one process to reserve where nothing is free. */
const RETRY_MS = 1_000;
/** What a process that has sent nothing yet reserves of a long limit. */
const FIRST = 4;

/** What a process sent since it reserved, and how many requests it would send next. */
export interface HolderUsage {
  readonly holder: string;
  /** When it sent each of its requests. */
  readonly sentMs: readonly number[];
  readonly demand: number;
}

/** A reservation, or the time of the next attempt. */
export type ReserveResult =
  | { readonly state: BudgetState; readonly reservation: Reservation }
  | { readonly state: BudgetState; readonly reservation?: undefined; readonly retryAtMs: number };

/**
 * Reserves requests for the next {@link RESERVATION_MS}. No limit is ever exceeded, however many processes reserve and
 * wherever they crash: a reservation counts as sent while it may be used, and then for the span of the limit.
 */
export function reserve(
  given: BudgetState,
  windows: readonly RateWindow[],
  usage: HolderUsage,
  nowMs: number,
): ReserveResult {
  const state = endReservation(given, windows, usage, nowMs);
  const demands = state.holds.reduce((sum, { demand }) => sum + demand, usage.demand);
  // The short limits let no more than this pass during the reservation.
  const most = Math.min(
    ...windows.filter(isShort).map((one) => Math.ceil((RESERVATION_MS / one.perMs + 1) * one.requests)),
  );
  const requests = Object.fromEntries(
    windows.map((window) => {
      const free = window.requests - usedOf(state, window, usage.holder);
      const share = usage.demand / demands;
      const wanted = isShort(window)
        ? Math.ceil(window.requests * share)
        : Math.min(Math.ceil(free * share), Math.max(FIRST, 2 * usage.demand), most);
      return [String(window.limit), Math.max(0, Math.min(free, wanted))] as const;
    }),
  );
  const lacking = windows.filter(({ limit }) => requests[String(limit)] === 0);
  const { demand, holder } = usage;
  const made = { holder, fromMs: nowMs, untilMs: nowMs + RESERVATION_MS, demand };
  if (lacking.length === 0) {
    const reservation = { ...made, requests };
    return { state: { ...state, holds: [...state.holds, reservation] }, reservation };
  }
  const retryAtMs = Math.max(nowMs + RETRY_MS, ...lacking.map((window) => nextFree(state, window, nowMs)));
  if (state.holds.length === 0) return { state, retryAtMs };
  // The empty reservation adds this demand, so that the others reserve less the next time.
  const waiting = { ...made, untilMs: nowMs + AHEAD_MS, requests: {} };
  return { state: { ...state, holds: [...state.holds, waiting] }, retryAtMs };
}

/** Ends the reservation of a process: what it sent counts as used, the rest is free at once. */
export function endReservation(
  given: BudgetState,
  windows: readonly RateWindow[],
  { holder, sentMs }: Omit<HolderUsage, 'demand'>,
  nowMs: number,
): BudgetState {
  const own = given.holds.find((one) => one.holder === holder);
  const others = given.holds.filter((one) => one !== own);
  const { spent, ...rest } = expire({ ...given, holds: others }, windows, nowMs);
  // Without a reservation: it expired, another process removed it and counted all of it as used.
  const added = windows.flatMap((window): UsageEntry[] => {
    const { limit } = window;
    if (own === undefined) return [];
    if (!isShort(window)) return sentMs.map((at) => ({ limit, untilMs: stepOf(window, at), requests: 1 }));
    const requests = own.requests[String(limit)] ?? 0;
    return requests > 0 ? [{ limit, untilMs: nowMs, requests, holder }] : [];
  });
  return { ...rest, spent: joined([...spent, ...added]) };
}

/** When the whole budget is free again; `nowMs` if nothing is used. */
export function fullAt(state: BudgetState, windows: readonly RateWindow[], nowMs: number): number {
  const ends = windows.flatMap(({ limit, perMs }) => [
    ...state.spent.filter((one) => one.limit === limit).map(({ untilMs }) => untilMs + perMs),
    ...state.holds
      .filter(({ requests }) => (requests[String(limit)] ?? 0) > 0)
      .map(({ untilMs }) => untilMs + perMs),
  ]);
  return Math.max(nowMs, ...ends);
}

/** The used share of the most used limit, 0 to 1. */
export function usedShare(state: BudgetState, windows: readonly RateWindow[]): number {
  const shares = windows.map((window) => usedOf(state, window, '') / window.requests);
  return Math.min(1, Math.max(0, ...shares));
}

/** Drops what no longer counts. A reservation that expired counts as used: its process may have crashed. */
function expire(state: BudgetState, windows: readonly RateWindow[], nowMs: number): BudgetState {
  const perMsOf = new Map(windows.map(({ limit, perMs }) => [limit, perMs]));
  const isOver = ({ untilMs }: Reservation): boolean => untilMs <= nowMs;
  const expired = state.holds.filter(isOver).flatMap(({ holder, requests, untilMs }) =>
    Object.entries(requests).map(([limit, count]): UsageEntry => {
      const isRate = isShort({ perMs: perMsOf.get(Number(limit)) ?? Number(limit) });
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
    spent: [...state.spent, ...expired].map(notAhead).filter(counts),
    holds: state.holds
      .filter((one) => !isOver(one))
      .map((one) => ({ ...one, untilMs: Math.min(one.untilMs, nowMs + AHEAD_MS) })),
  };
}

/** How many requests of a window are used or reserved, as far as they limit this holder. */
function usedOf(state: BudgetState, window: RateWindow, holder: string): number {
  const spent = state.spent.filter(({ limit }) => limit === window.limit);
  const reserved = state.holds
    .filter((one) => one.holder !== holder)
    .map((one) => ({ holder: one.holder, requests: one.requests[String(window.limit)] ?? 0 }));
  if (!isShort(window)) return sum([...spent, ...reserved]);
  // Of a short window each other holder counts once, with its largest rate. A holder keeps its own rate itself.
  const largest = new Map<string, number>();
  for (const { holder: whose = '', requests } of [...spent, ...reserved]) {
    if (whose !== holder) largest.set(whose, Math.max(largest.get(whose) ?? 0, requests));
  }
  return [...largest.values()].reduce((all, one) => all + one, 0);
}

function sum(counts: readonly { readonly requests: number }[]): number {
  return counts.reduce((all, { requests }) => all + requests, 0);
}

/** When the first of what is used or reserved is free. */
function nextFree(state: BudgetState, { limit, perMs }: RateWindow, nowMs: number): number {
  const ends = [
    ...state.spent.filter((one) => one.limit === limit).map(({ untilMs }) => untilMs + perMs),
    // Its holder may take less when it reserves again.
    ...state.holds.filter(({ requests }) => (requests[String(limit)] ?? 0) > 0).map(({ untilMs }) => untilMs),
  ].filter((end) => end > nowMs);
  return ends.length === 0 ? nowMs : Math.min(...ends);
}

/** The end of the last step in which the vendor may count a request. */
function stepOf({ perMs }: RateWindow, atMs: number): number {
  const stepMs = Math.ceil(perMs / STEPS);
  return Math.ceil((atMs + Math.min(stepMs, RETRY_MS)) / stepMs) * stepMs;
}

/** Merges the entries of the same limit, end and holder. */
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
