import type { Ledger } from '../../contract/checkpoint';
import type { AuditEvent } from '../../contract/operator';
import type { Reconciled, StoredRows, StoreError } from '../../contract/reconciliation';

/**
 * The number of accepted events per pass over a source. A pass accepts no event twice. It ends when a state is moved: the
 * next pass may accept the same events again. Each backfill and each imported ledger is a pass of its own. Events that a
 * restored, older ledger no longer counts are still included.
 * @param acts oldest first
 */
export function acceptedPasses(
  acts: readonly Pick<AuditEvent, 'what' | 'before' | 'after'>[],
  { accepted }: Ledger,
  backfills: readonly { readonly ledger: Ledger }[],
): readonly number[] {
  const passes: number[] = [];
  let begun = 0;
  // Adoption moves no position.
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

/** The accepted events in an audit event's ledger; `undefined` when that was damaged. */
function acceptedIn(state: AuditEvent['before']): number | undefined {
  return (state as { readonly ledger?: Ledger } | null)?.ledger?.accepted;
}

/** Compares the stored rows with the accepted events. */
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
