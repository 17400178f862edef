import { openDatabase } from '../../local/workspace/store/database';
import { uniqueView } from '../../local/workspace/store/unique-view';
import { uniqueName } from '../../shared/contract/table';
import type { TakenRow } from './event-recorder';

/** Asks what customers ask: the view of a table that returns each of its events once. */
export interface UniqueView {
  /**
   * The places of the rows that the view returns of a table with these.
   * @param isPushed whether a webhook fills the table: the first copy of an event counts then, not the last
   */
  places(
    taken: readonly TakenRow[],
    eventIdOf: (row: TakenRow['row']) => string,
    isPushed: boolean,
  ): Promise<readonly number[]>;
  close(): void;
}

const COLUMNS = [
  { name: 'EventId', type: 'string' },
  { name: 'Instance', type: 'string' },
  { name: '_TimeReceived', type: 'datetime' },
  { name: 'Place', type: 'int' },
] as const;
const SHAPE = '[{"EventId":"VARCHAR","Instance":"VARCHAR","_TimeReceived":"TIMESTAMP","Place":"INTEGER"}]';

/** The local workspace's own view, over as many columns as it asks for. */
export async function openUniqueView(): Promise<UniqueView> {
  const { close, connection } = await openDatabase(':memory:', 'write');
  let tables = 0;
  return {
    async places(taken, eventIdOf, isPushed) {
      if (taken.length === 0) return [];
      const table = `Proof${++tables}_CL`;
      const rows = taken.map(({ post, row }, place) => ({
        EventId: eventIdOf(row),
        Instance: row['Instance'] ?? 'default',
        _TimeReceived: new Date(post).toISOString().replace('Z', ''),
        Place: place,
      }));
      await connection.run(
        `CREATE TABLE ${table} AS SELECT unnest(from_json($1::JSON, '${SHAPE}'), recursive := true)`,
        [JSON.stringify(rows)],
      );
      await connection.run(uniqueView(table, COLUMNS, isPushed) ?? '');
      const view = uniqueName({ name: table });
      const found = await connection.runAndReadAll(`SELECT Place FROM ${view} ORDER BY Place`);
      await connection.run(`DROP VIEW ${view}; DROP TABLE ${table}`);
      return found.getRows().map(([place]) => Number(place));
    },
    close,
  };
}
