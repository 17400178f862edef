import type { OnDamage } from '../contract/operator';
import type { BudgetState } from './reservation';

/** Where the budgets of accounts live. A damaged one is told, kept elsewhere and begun anew. */
export interface BudgetStore {
  /**
   * What is known of an account now, by whichever process.
   * @throws UnavailableError when storage is not there
   */
  read(account: string, damaged?: OnDamage): Promise<BudgetState>;
  /**
   * Changes what is known of an account in one conditional write; asks again with the newest where another wrote in
   * between. What does not change is not written.
   * @throws UnavailableError when storage is not there
   */
  change<T extends { readonly state: BudgetState }>(
    account: string,
    next: (state: BudgetState) => T,
    damaged?: OnDamage,
  ): Promise<T>;
}
