import { UnavailableError } from '../../contract/errors';
import type { OnDamage } from '../../contract/operator';
import type { Clock } from '../../contract/run';
import {
  EMPTY_BUDGET,
  type BudgetState,
  type BudgetStore,
  type Reservation,
  type UsageEntry,
} from '../../rate-limit/stored-budget';
import {
  isAmount,
  isCount,
  isNumber,
  isText,
  listOf,
  mapOf,
  maybe,
  memberProblem,
  objectOf,
  type StoredMembers,
} from '../../values/stored-checks';
import { pathOf } from '../blob-paths';
import { findOrReset } from '../damaged-blobs';
import { isOvertaken, putStored, storageError, type Storage } from '../storage';
import type { StoredForm } from '../stored-form';

/** How often a write is tried when other processes write meanwhile. */
const TRIES = 20;

interface Known {
  readonly state: BudgetState;
  readonly etag: string | undefined;
}

/** Budgets as blobs: `budgets/<account>.json`. The last written state is cached, so that a change is one request. */
export function createBudgetStore({ blobs }: Pick<Storage, 'blobs'>, clock: Clock): BudgetStore {
  const known = new Map<string, Known>();
  const blobOf = (account: string) =>
    blobs.getBlockBlobClient(pathOf('budgets', ...`${account}.json`.split('/')));

  const read = async (account: string, damaged: OnDamage = () => undefined): Promise<Known> => {
    const found = await findOrReset(blobOf(account), budgetForm(account), { blobs, clock, damaged });
    return { state: found?.value ?? EMPTY_BUDGET, etag: found?.etag };
  };

  return {
    async read(account, damaged) {
      try {
        const now = await read(account, damaged);
        known.set(account, now);
        return now.state;
      } catch (error) {
        throw storageError(`reading the budget ${account}`, error);
      }
    },
    async change(account, next, damaged) {
      const doing = `reserving requests of the budget ${account}`;
      try {
        for (let attempt = 0; attempt < TRIES; attempt++) {
          const before = known.get(account) ?? (await read(account, damaged));
          const made = next(before.state);
          if (JSON.stringify(made.state) === JSON.stringify(before.state)) return made;
          const conditions = before.etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: before.etag };
          try {
            const form = budgetForm(account);
            const etag = await putStored(blobs, blobOf(account), form, made.state, { conditions });
            known.set(account, { state: made.state, etag });
            return made;
          } catch (error) {
            known.delete(account);
            if (!isOvertaken(error)) throw error;
          }
        }
      } catch (error) {
        throw storageError(doing, error);
      }
      throw new UnavailableError(
        `${doing}: other processes keep writing it. The next run goes on from here.`,
      );
    },
  };
}

/** Budgets in the memory of this process, for programs without storage. */
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

function budgetForm(account: string): StoredForm<BudgetState> {
  return {
    what: `the budget ${account}`,
    problemOf: (value) => memberProblem<Omit<BudgetState, 'version'>>(value, MEMBERS, 1),
    mend: 'A new one replaces it, and nothing needs to be done: earlier usage is forgotten, and if that exceeds a limit, the vendor answers 429, which is obeyed.',
  };
}

const SPENT: StoredMembers<UsageEntry> = {
  limit: isAmount,
  untilMs: isNumber,
  requests: isAmount,
  holder: maybe(isText),
};

const HOLD: StoredMembers<Reservation> = {
  holder: isText,
  fromMs: maybe(isNumber),
  untilMs: isNumber,
  demand: isAmount,
  requests: mapOf(isAmount),
};

const MEMBERS: StoredMembers<Omit<BudgetState, 'version'>> = {
  spent: listOf(objectOf<UsageEntry>(SPENT)),
  holds: listOf(objectOf<Reservation>(HOLD)),
  pausedUntilMs: maybe(isNumber),
  limitsMet: maybe(isCount),
};
