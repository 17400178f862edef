import { randomUUID } from 'node:crypto';
import type { SourceId } from '../../contract/checkpoint';
import { ContractError } from '../../contract/errors';
import type { StoredLetter } from '../../contract/operator';
import type { ReplayedLetter, ReplayedRow } from './redeliver-rows';
import { sendRows } from '../../rows/send';
import type { AdminContext } from '../context';
import type { EndedLetters } from './counts';
import type { LetterFormat, LetterWay } from './route';

/** What became of some letters. */
export interface Delivered extends EndedLetters {
  /** The ids of the letters that ended elsewhere. */
  readonly gone: readonly string[];
}

/** What sends letters of a source. A row that is cut keeps its whole record as a letter of its own, durable first. */
export function deliverer(
  { log, state }: AdminContext,
  id: SourceId,
  { lateTable, sink, table }: LetterWay,
  format: LetterFormat,
): (letters: readonly StoredLetter[]) => Promise<Delivered> {
  const runId = randomUUID();
  let page = 0;

  return async (letters) => {
    const outcomes = await format.rows(letters);
    const encoded = outcomes.flatMap((one) => ('encoded' in one ? [one.encoded] : []));
    const rows = encoded.map(({ row }) => row);
    const refused = new Set<ReplayedRow>();
    try {
      for (const { row } of await sendRows(sink, table, lateTable, encoded)) refused.add(row);
    } catch (error) {
      // What the workspace takes none of must not keep the letters behind it from being sent.
      if (!(error instanceof ContractError)) throw error;
      log.warn({ ...id, letters: rows.length, reason: error.message }, 'letters are refused');
      for (const row of rows) refused.add(row);
    }
    const cut = rows.flatMap((row) =>
      refused.has(row) || row.truncated === undefined ? [] : [row.truncated],
    );
    if (cut.length > 0) await state.deadLetters.put(id, { runId, page: page++ }, cut);
    const isAccepted = (one: ReplayedLetter): boolean => 'encoded' in one && !refused.has(one.encoded.row);
    const isFiltered = (one: ReplayedLetter): boolean => 'became' in one && one.became === 'filtered';
    return {
      accepted: rows.length - refused.size,
      filtered: outcomes.filter(isFiltered).length,
      columns: format.columns(),
      gone: outcomes.filter((one) => isAccepted(one) || isFiltered(one)).map(({ letter }) => letter.id),
    };
  };
}
