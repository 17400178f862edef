import { createHash } from 'node:crypto';
import type { BudgetUse, RateBudget, RequestBudget } from '../contract/budget';
import type { SourceId } from '../contract/checkpoint';
import type { Connector, SettingValues } from '../contract/connector';
import type { OnDamage } from '../contract/operator';
import type { Clock } from '../contract/run';
import { openAccount, type BudgetAccount } from './account-budget';
import type { BudgetStore } from './stored-budget';

/** Where the vendor names no limit: its answers are obeyed all the same. */
const UNLIMITED: RateBudget = { limits: [] };

/** A source, what its settings hold, and the share of the vendor's limits that the operator gives it. */
export interface BudgetOwner {
  readonly id: SourceId;
  readonly connector: Connector;
  readonly values: SettingValues;
  /** @default what the budget does not reserve */
  readonly share?: number | undefined;
  /** Others come first: a backfill must not disturb what is live. */
  readonly isLowPriority?: boolean;
  /** Told where what is stored of the account is damaged, and is begun anew. */
  readonly damaged?: OnDamage;
}

/** One run's part of a budget. */
export interface RunBudget extends RequestBudget {
  /** Gives back what is reserved and not used, and says what the run used. Never throws. */
  end(): Promise<BudgetUse>;
}

/** The budgets of all accounts that this process asks. */
export interface Budgets {
  open(owner: BudgetOwner): RunBudget;
}

/** Every source, instance and process with the same account meets the same budget in the store. */
export function createBudgets(store: BudgetStore, clock: Clock): Budgets {
  const accounts = new Map<string, BudgetAccount>();
  /** An account outlives runs: the newest one tells. */
  const tellers = new Map<string, OnDamage>();
  const told = (account: string): BudgetStore => {
    const damaged: OnDamage = (problem) => tellers.get(account)?.(problem);
    return {
      read: (name) => store.read(name, damaged),
      change: (name, next) => store.change(name, next, damaged),
    };
  };
  const nowMs = (): number => clock.now().getTime();
  return {
    open(owner) {
      const { connector } = owner;
      const { budget, share } = budgetOf(owner);
      const account = accountOf(owner, budget);
      if (owner.damaged !== undefined) tellers.set(account, owner.damaged);
      const key = `${account} ${share}`;
      const made =
        accounts.get(key) ??
        openAccount({ account, who: connector.name, budget, share, store: told(account), clock });
      accounts.set(key, made);
      let [requests, waitedMs] = [0, 0];
      return {
        async acquire(deadline, signal) {
          const askedMs = nowMs();
          try {
            const settle = await made.acquire(deadline, signal, owner.isLowPriority);
            requests++;
            return settle;
          } finally {
            waitedMs += nowMs() - askedMs;
          }
        },
        async end() {
          await made.releaseUnused();
          const { fullAtMs, share: usedShare } = made.usage();
          const fullAt = fullAtMs > nowMs() ? { fullAt: new Date(fullAtMs).toISOString() } : {};
          return { requests, waitedMs, usedShare: Math.round(usedShare * 1_000) / 1_000, ...fullAt };
        },
      };
    },
  };
}

/** The vendor's limits that an owner is held to, and the share of each that it may use. */
export function budgetOf({ connector, id, share }: BudgetOwner): {
  readonly budget: RateBudget;
  readonly share: number;
} {
  const budget = connector.sources[id.source]?.budget ?? connector.budget ?? UNLIMITED;
  return { budget, share: share ?? 1 - (budget.reserve ?? 0) };
}

/** The name of an account: the connector's, then a hash. The hash alone is kept of what the settings hold. */
function accountOf({ connector, id, values }: BudgetOwner, { scope }: RateBudget): string {
  const source = connector.sources[id.source];
  const settings = { ...connector.settings, ...source?.settings };
  const names = scope ?? Object.keys(settings).filter((name) => settings[name]?.kind === 'url');
  const own = source?.budget === undefined ? '' : id.source;
  const text = JSON.stringify([connector.name, own, ...names.map((name) => [name, values[name] ?? ''])]);
  return `${connector.name}/${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
