import { uniqueName } from '../../../shared/contract/table';
import type { Column } from './catalog';

/** Quotes a name for SQL, whatever characters it contains. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

const NEEDED = ['EventId', 'Instance', '_TimeReceived'];

/**
 * The statement that creates or replaces the view of a table without repeated events, the equivalent of its workspace function
 * (`tools/reference/unique-function.ts`). `undefined` for a table that no connector fills. A view keeps the columns of its
 * creation, so create it again when the table gets more.
 * @param isPushed whether a webhook fills the table: then the first copy of an event counts, not the last
 */
export function uniqueView(table: string, columns: readonly Column[], isPushed: boolean): string | undefined {
  if (!NEEDED.every((name) => columns.some((column) => column.name === name))) return undefined;
  return `CREATE OR REPLACE VIEW ${quote(uniqueName({ name: table }))} AS
    SELECT * FROM ${quote(table)}
    QUALIFY coalesce(EventId, '') = ''
      OR row_number() OVER (PARTITION BY Instance, EventId ORDER BY _TimeReceived ${isPushed ? 'ASC' : 'DESC'}) = 1`;
}
