import { formatId, type SpoolStatus } from '../../shared/app';
import { parseTarget } from '../target';
import type { Session } from './session';

/** The sources that something was ever pushed to and that the words name; all where there are none. */
export async function spooledOf({ app }: Session, words: string | undefined): Promise<SpoolStatus[]> {
  const all = (await app.spool()).sort((a, b) => (formatId(a) < formatId(b) ? -1 : 1));
  if (words === undefined) return all;
  const { connector, instance, source } = parseTarget(words);
  return all.filter(
    (one) =>
      one.connector === connector &&
      (source ?? one.source) === one.source &&
      (instance ?? one.instance) === one.instance,
  );
}

/** A line of a table: where the records are that were pushed to a source. */
export function spoolLine({
  ledger,
  oldest,
  table,
  waiting,
  ...id
}: SpoolStatus): Readonly<Record<string, unknown>> {
  return {
    'pushed to': formatId(id),
    table,
    stored: ledger.stored,
    delivered: ledger.delivered,
    'dead letters': ledger.dead,
    duplicate: ledger.duplicate,
    filtered: ledger.filtered,
    pending: ledger.pending,
    'oldest pending': oldest,
    state:
      waiting !== undefined
        ? `waits since ${waiting.since}: ${waiting.reason}`
        : ledger.pending > 0
          ? 'on its way'
          : 'all delivered',
  };
}
