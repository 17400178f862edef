import type { SourceId } from '../../contract/checkpoint';
import { type AdminContext, recordEvent } from '../admin-context';
import { withCounts } from './counts';
import { type DeadLetterFilter, readPage } from './list';

/**
 * Deletes dead letters. The ledger still counts their records as dead-lettered.
 * @returns how many; `busy` while a run or a delivery has the lease
 */
export async function dropDeadLetters(
  context: AdminContext,
  id: SourceId,
  by: string,
  matches: DeadLetterFilter,
): Promise<number | 'busy'> {
  const { deadLetters } = context.state;
  return withCounts(context, id, async () => {
    const causes: Record<string, number> = {};
    let dropped = 0;
    try {
      for await (const page of deadLetters.list(id)) {
        const chosen = (await readPage(context, page)).filter(matches);
        if (chosen.length === 0) continue;
        await deadLetters.remove(page, new Set(chosen.map((deadLetter) => deadLetter.id)));
        dropped += chosen.length;
        for (const { cause } of chosen) causes[cause] = (causes[cause] ?? 0) + 1;
      }
    } finally {
      if (dropped > 0)
        await recordEvent(context, id, { what: 'drop', by, before: causes, after: { dropped } });
    }
    return dropped;
  });
}
