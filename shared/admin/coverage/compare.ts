import type { Ledger } from '../../contract/checkpoint';
import type { AuditEvent } from '../../contract/operator';
import type { Reconciled, StoredRows, StoreError } from '../../contract/reconciliation';

/**
 * How many events each pass over a source has had accepted. A pass takes no event twice; it ends where a state is
 * moved, and what comes next may be what was accepted before. A backfill is one of its own, and so is what an imported
 * ledger brought. What a ledger that was put in the place of a later one has forgotten is counted all the same.
 * @param acts oldest first
 */
export function acceptedPasses(
  acts: readonly Pick<AuditEvent, 'what' | 'before' | 'after'>[],
  { accepted }: Ledger,
  backfills: readonly { readonly ledger: Ledger }[],
): readonly number[] {
  const passes: number[] = [];
  let begun = 0;
  // One that is adopted goes on where it was.
  const moved = acts.filter(({ what }) => what.startsWith('state-') && what !== 'state-adopt');
  for (const { after, before } of moved) {
    passes.push((acceptedIn(before) ?? begun) - begun);
    begun = acceptedIn(after) ?? 0;
  }
  passes.push(accepted - begun);
  const brought = accepted - passes.reduce((a, b) => a + b, 0);
  const all = [...passes, brought, ...backfills.map(({ ledger }) => ledger.accepted)].filter(
    (pass) => pass > 0,
  );
  return all.length === 0 ? [0] : all;
}

/** What an act says of the ledger; nothing where it was damaged. */
function acceptedIn(told: AuditEvent['before']): number | undefined {
  return (told as { readonly ledger?: Ledger } | null)?.ledger?.accepted;
}

/** What the rows of a table say of what was accepted. */
export function reconcileStatus(
  passes: readonly number[],
  { events, rows }: StoredRows,
  errors: readonly StoreError[],
): Reconciled['verdict'] {
  const accepted = passes.reduce((a, b) => a + b, 0);
  if (events >= accepted) return 'stored';
  const isRepeated = passes.length > 1 && rows >= accepted && events >= Math.max(...passes);
  return isRepeated && errors.length === 0 ? 'repeated' : 'short';
}
