import { openDatabase } from '../local/workspace/database';
import { uniqueView } from '../local/workspace/unique-view';
import { uniqueName } from '../shared/contract/table';
import type { TakenRow } from './chronicle';

/** Asks what customers ask: the view of a table that returns each of its events once. */
export interface UniqueView {
  /** The event ids of the rows that the view returns of a table with these. */
  eventIds(
    taken: readonly TakenRow[],
    eventIdOf: (row: TakenRow['row']) => string,
  ): Promise<readonly string[]>;
  close(): void;
}

const COLUMNS = [
  { name: 'EventId', type: 'string' },
  { name: 'Instance', type: 'string' },
  { name: '_TimeReceived', type: 'datetime' },
] as const;
const SHAPE = '[{"EventId":"VARCHAR","Instance":"VARCHAR","_TimeReceived":"TIMESTAMP"}]';

/** The local workspace's own view, over as many columns as it asks for. */
export async function openUniqueView(): Promise<UniqueView> {
  const { close, connection } = await openDatabase(':memory:', 'write');
  let tables = 0;
  return {
    async eventIds(taken, eventIdOf) {
      if (taken.length === 0) return [];
      const table = `Proof${++tables}_CL`;
      const rows = taken.map(({ post, row }) => ({
        EventId: eventIdOf(row),
        Instance: row['Instance'] ?? 'default',
        _TimeReceived: new Date(post).toISOString().replace('Z', ''),
      }));
      await connection.run(
        `CREATE TABLE ${table} AS SELECT unnest(from_json($1::JSON, '${SHAPE}'), recursive := true)`,
        [JSON.stringify(rows)],
      );
      await connection.run(uniqueView(table, COLUMNS, false) ?? '');
      const view = uniqueName({ name: table });
      const found = await connection.runAndReadAll(`SELECT EventId FROM ${view}`);
      await connection.run(`DROP VIEW ${view}; DROP TABLE ${table}`);
      return found.getRows().map(([id]) => String(id));
    },
    close,
  };
}
