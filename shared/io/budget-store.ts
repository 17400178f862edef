import { ContractError, UnavailableError } from '../contract/errors';
import { EMPTY_BUDGET, type BudgetState } from '../kit/budget-state';
import { putJson, readBlob, storageError, storageStatus, type Storage } from './storage';

/** How often a write that others were faster than is tried again. */
const TRIES = 20;

/** Where the budgets of accounts live. */
export interface BudgetStore {
  /**
   * What is known of an account now, by whichever process.
   * @throws UnavailableError when storage is not there
   */
  read(account: string): Promise<BudgetState>;
  /**
   * Changes what is known of an account in one conditional write; asks again with the newest where another wrote in
   * between. What does not change is not written.
   * @throws UnavailableError when storage is not there
   */
  change<T extends { readonly state: BudgetState }>(
    account: string,
    next: (state: BudgetState) => T,
  ): Promise<T>;
}

interface Known {
  readonly state: BudgetState;
  readonly etag: string | undefined;
}

/** Budgets as blobs: `budgets/<account>.json`. What was written last is remembered, so that a change is one request. */
export function createBudgetStore({ blobs }: Pick<Storage, 'blobs'>): BudgetStore {
  const known = new Map<string, Known>();
  const blobOf = (account: string) => blobs.getBlockBlobClient(`budgets/${account}.json`);

  const read = async (account: string): Promise<Known> => {
    try {
      const { etag, text } = await readBlob(blobOf(account));
      return { state: parse(account, text), etag };
    } catch (error) {
      if (storageStatus(error) !== 404) throw error;
      return { state: EMPTY_BUDGET, etag: undefined };
    }
  };

  return {
    async read(account) {
      try {
        const now = await read(account);
        known.set(account, now);
        return now.state;
      } catch (error) {
        throw storageError(`reading the budget ${account}`, error);
      }
    },
    async change(account, next) {
      const doing = `reserving requests of the budget ${account}`;
      try {
        for (let attempt = 0; attempt < TRIES; attempt++) {
          const before = known.get(account) ?? (await read(account));
          const made = next(before.state);
          const body = JSON.stringify(made.state);
          if (body === JSON.stringify(before.state)) return made;
          const conditions = before.etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: before.etag };
          try {
            const etag = await putJson(blobs, blobOf(account), body, { conditions });
            known.set(account, { state: made.state, etag });
            return made;
          } catch (error) {
            known.delete(account);
            const status = storageStatus(error);
            if (status !== 409 && status !== 412) throw error;
          }
        }
      } catch (error) {
        throw storageError(doing, error);
      }
      throw new UnavailableError(`${doing}: others write it all the time. The next run goes on from here.`);
    },
  };
}

/** Budgets of this process alone, for what has no storage. */
export function memoryBudgets(): BudgetStore {
  const known = new Map<string, BudgetState>();
  return {
    read: (account) => Promise.resolve(known.get(account) ?? EMPTY_BUDGET),
    change(account, next) {
      const made = next(known.get(account) ?? EMPTY_BUDGET);
      known.set(account, made.state);
      return Promise.resolve(made);
    },
  };
}

function parse(account: string, text: string): BudgetState {
  try {
    const state = JSON.parse(text) as Partial<BudgetState> | null;
    if (state?.version === 1 && Array.isArray(state.spent) && Array.isArray(state.holds))
      return state as BudgetState;
  } catch {
    // Told below.
  }
  throw new ContractError(
    `reading the budget ${account}: it is no budget of version 1. Remove budgets/${account}.json: what was used is then forgotten.`,
  );
}
