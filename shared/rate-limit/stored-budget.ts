import type { OnDamage } from '../contract/operator';

/** Requests that count as used until `untilMs` plus the span of their limit. */
export interface UsageEntry {
  /** The limit, named by its declared span. */
  readonly limit: number;
  readonly untilMs: number;
  readonly requests: number;
  /** Only of a short limit, which is shared by rate: the process that had this share. */
  readonly holder?: string;
}

/** What one process may send before `untilMs`. */
export interface Reservation {
  readonly holder: string;
  /** Read by no version, but version 0.1 refuses a reservation without it. */
  readonly fromMs?: number;
  readonly untilMs: number;
  /** How many requests the process would send; a limit is divided in proportion. */
  readonly demand: number;
  /** By limit. Of a short one: at most so many in any of its spans. Of a long one: so many altogether. */
  readonly requests: Readonly<Record<string, number>>;
}

/** What is stored of one account's budget, and shared by all processes. A later version only adds members. */
export interface BudgetState {
  readonly version: 1;
  /** Usage. */
  readonly spent: readonly UsageEntry[];
  /** Reservations. */
  readonly holds: readonly Reservation[];
  /** The account is paused until then. */
  readonly pausedUntilMs?: number;
  /** "Too many requests" in a row without a Retry-After: each doubles the pause. */
  readonly limitsMet?: number;
}

export const EMPTY_BUDGET: BudgetState = { version: 1, spent: [], holds: [] };

/** Stores the budgets of accounts. A damaged one is reported, its bytes are kept elsewhere, and an empty one replaces it. */
export interface BudgetStore {
  /** @throws UnavailableError when storage cannot be reached */
  read(account: string, damaged?: OnDamage): Promise<BudgetState>;
  /**
   * Changes a budget in one conditional write. `next` is called again with the newest state if another process wrote in
   * between. Writes nothing if the state stays the same.
   * @throws UnavailableError when storage cannot be reached
   */
  change<T extends { readonly state: BudgetState }>(
    account: string,
    next: (state: BudgetState) => T,
    damaged?: OnDamage,
  ): Promise<T>;
}
