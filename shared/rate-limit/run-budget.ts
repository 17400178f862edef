import { createHash } from 'node:crypto';
import type { BudgetUse, RateBudget, RequestBudget } from '../contract/budget';
import type { SourceId } from '../contract/checkpoint';
import type { Connector, SettingValues } from '../contract/connector';
import type { OnDamage } from '../contract/operator';
import type { Clock } from '../contract/run';
import { createAccountBudget, type AccountBudget } from './account-budget';
import type { BudgetStore } from './stored-budget';

/** For a vendor that documents no limits. Its answers are obeyed all the same. */
const UNLIMITED: RateBudget = { limits: [] };

/** The source that a budget is opened for, with its settings. */
export interface BudgetOwner {
  readonly id: SourceId;
  readonly connector: Connector;
  readonly values: SettingValues;
  /** The share of each limit that may be used: RATE_SHARE. @default all but what the budget declares as `reserve` */
  readonly share?: number | undefined;
  /** True for a backfill: live collection has priority. */
  readonly isLowPriority?: boolean;
  /** Called when the stored budget is damaged and an empty one replaces it. */
  readonly damaged?: OnDamage;
}

/** The budget of an account, for one run. */
export interface RunBudget extends RequestBudget {
  /** Returns what is reserved and unused. @returns what the run used. Never throws. */
  end(): Promise<BudgetUse>;
}

/** The budgets of all accounts that this process collects from. */
export interface Budgets {
  open(owner: BudgetOwner): RunBudget;
}

/** Sources, instances and processes with the same account share one budget in the store. */
export function createBudgets(store: BudgetStore, clock: Clock): Budgets {
  const accounts = new Map<string, AccountBudget>();
  /** By account: an account outlives runs, and the newest run reports the damage. */
  const reporters = new Map<string, OnDamage>();
  const reporting = (account: string): BudgetStore => {
    const damaged: OnDamage = (problem) => reporters.get(account)?.(problem);
    return {
      read: (name) => store.read(name, damaged),
      change: (name, next) => store.change(name, next, damaged),
    };
  };
  const nowMs = (): number => clock.now().getTime();
  /** Two shares of one account have a reservation each. */
  const accountBudgetOf = (owner: BudgetOwner): AccountBudget => {
    const { budget, share } = declaredBudget(owner);
    const account = accountName(owner, budget);
    if (owner.damaged !== undefined) reporters.set(account, owner.damaged);
    const key = `${account} ${share}`;
    const known = accounts.get(key);
    if (known !== undefined) return known;
    const who = owner.connector.name;
    const made = createAccountBudget({ account, who, budget, share, store: reporting(account), clock });
    accounts.set(key, made);
    return made;
  };
  return {
    open(owner) {
      const accountBudget = accountBudgetOf(owner);
      let [requests, waitedMs] = [0, 0];
      return {
        async acquire(deadline, signal) {
          const beganMs = nowMs();
          try {
            const release = await accountBudget.acquire(deadline, signal, owner.isLowPriority);
            requests++;
            return release;
          } finally {
            waitedMs += nowMs() - beganMs;
          }
        },
        async end() {
          await accountBudget.releaseUnused();
          const { fullAtMs, share } = accountBudget.usage();
          const fullAt = fullAtMs > nowMs() ? { fullAt: new Date(fullAtMs).toISOString() } : {};
          return { requests, waitedMs, usedShare: Math.round(share * 1_000) / 1_000, ...fullAt };
        },
      };
    },
  };
}

/** The declared limits that apply to a source, and the share of each that it may use. */
export function declaredBudget({ connector, id, share }: BudgetOwner): {
  readonly budget: RateBudget;
  readonly share: number;
} {
  const budget = connector.sources[id.source]?.budget ?? connector.budget ?? UNLIMITED;
  return { budget, share: share ?? 1 - (budget.reserve ?? 0) };
}

/** `<connector>/<hash of the settings that name the account>`. No value of a setting is stored. */
function accountName({ connector, id, values }: BudgetOwner, { scope }: RateBudget): string {
  const source = connector.sources[id.source];
  const settings = { ...connector.settings, ...source?.settings };
  const names = scope ?? Object.keys(settings).filter((name) => settings[name]?.kind === 'url');
  const own = source?.budget === undefined ? '' : id.source;
  const text = JSON.stringify([connector.name, own, ...names.map((name) => [name, values[name] ?? ''])]);
  return `${connector.name}/${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
