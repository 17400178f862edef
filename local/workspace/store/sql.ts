import { uniqueName } from '../../../shared/contract/table';
import type { Column } from './catalog';

/** Quotes a name for SQL, whatever characters it contains. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

const NEEDED = ['EventId', 'Instance', '_TimeReceived'];

/**
 * The statement that makes, or makes again, the view of a table without doubles: what the workspace function of the
 * same name returns (`tools/reference/unique-function.ts`). `undefined` for a table that no connector fills. A view
 * keeps the columns it was made with, so that it is made again when the table has more.
 * @param isPushed whether a webhook fills the table: the first copy of an event counts then, not the last
 */
export function uniqueView(table: string, columns: readonly Column[], isPushed: boolean): string | undefined {
  if (!NEEDED.every((name) => columns.some((column) => column.name === name))) return undefined;
  return `CREATE OR REPLACE VIEW ${quote(uniqueName({ name: table }))} AS
    SELECT * FROM ${quote(table)}
    QUALIFY coalesce(EventId, '') = ''
      OR row_number() OVER (PARTITION BY Instance, EventId ORDER BY _TimeReceived ${isPushed ? 'ASC' : 'DESC'}) = 1`;
}
