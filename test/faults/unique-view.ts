import { openDatabase } from '../../local/workspace/store/database';
import { uniqueView } from '../../local/workspace/store/sql';
import { uniqueName } from '../../shared/contract/table';
import type { AcceptedRow } from './event-recorder';

/** The `…Unique` view of a table, which returns each event once. */
export interface UniqueView {
  /**
   * The indexes of the rows that the view returns for a table with these rows.
   * @param isPushed true for a table of pushed records: there the first copy of an event counts, elsewhere the last
   */
  rowIndexes(
    accepted: readonly AcceptedRow[],
    eventIdOf: (row: AcceptedRow['row']) => string,
    isPushed: boolean,
  ): Promise<readonly number[]>;
  close(): void;
}

const COLUMNS = [
  { name: 'EventId', type: 'string' },
  { name: 'Instance', type: 'string' },
  { name: '_TimeReceived', type: 'datetime' },
  { name: 'Index', type: 'int' },
] as const;
const SHAPE = '[{"EventId":"VARCHAR","Instance":"VARCHAR","_TimeReceived":"TIMESTAMP","Index":"INTEGER"}]';

/** Opens a database with the local workspace's own view, over the columns that the view needs. */
export async function openUniqueView(): Promise<UniqueView> {
  const { close, connection } = await openDatabase(':memory:', 'write');
  let tables = 0;
  return {
    async rowIndexes(accepted, eventIdOf, isPushed) {
      if (accepted.length === 0) return [];
      const table = `Faults${++tables}_CL`;
      const rows = accepted.map(({ post, row }, index) => ({
        EventId: eventIdOf(row),
        Instance: row['Instance'] ?? 'default',
        _TimeReceived: new Date(post).toISOString().replace('Z', ''),
        Index: index,
      }));
      await connection.run(
        `CREATE TABLE ${table} AS SELECT unnest(from_json($1::JSON, '${SHAPE}'), recursive := true)`,
        [JSON.stringify(rows)],
      );
      await connection.run(uniqueView(table, COLUMNS, isPushed) ?? '');
      const view = uniqueName({ name: table });
      const found = await connection.runAndReadAll(`SELECT "Index" FROM ${view} ORDER BY "Index"`);
      await connection.run(`DROP VIEW ${view}; DROP TABLE ${table}`);
      return found.getRows().map(([index]) => Number(index));
    },
    close,
  };
}
