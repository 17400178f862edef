import type { Reconciled, StoreReader } from '../../../shared/contract/reconciliation';
import { EXIT } from '../../cli/run';
import { print } from '../../cli/output';
import { textTable } from '../../cli/text-table';
import { askWorkspace } from '../../cli/workspace-query';
import { withAdmin, idsOf, type AdminCommand } from '../admin-session';
import { formatId } from '../../../shared/contract/checkpoint';

/** `tributary reconcile`: compares accepted rows with stored rows. @returns the exit code; 1 if fewer rows are stored */
export function reconcile(root: string, target: string | undefined, options: AdminCommand): Promise<number> {
  return withAdmin(root, { ...options, target, isReading: true }, async (session) => {
    const on = new Set(session.app.sources().map(formatId));
    const all: Reconciled[] = [];
    for (const id of await idsOf(session, target)) {
      if (target !== undefined || on.has(formatId(id)))
        all.push(await session.admin.reconcile(id, localReader));
    }
    if (options.json === true) print(all);
    else {
      print(textTable(all.map(line)));
      for (const { errors, ...id } of all)
        for (const { count, last, message } of errors)
          print(`${formatId(id)}, ${count} times until ${last}: ${message}`);
    }
    return all.some(({ verdict }) => verdict === 'short') ? EXIT.failed : EXIT.fine;
  });
}

function line({
  accepted,
  errors,
  events,
  lateTable,
  rows,
  table,
  verdict,
  ...id
}: Reconciled): Record<string, unknown> {
  return {
    source: formatId(id),
    table: lateTable === undefined ? table : `${table}, ${lateTable}`,
    accepted,
    'events stored': events,
    'rows stored': rows,
    'lost after acceptance': errors.reduce((sum, { count }) => sum + count, 0),
    verdict,
  };
}

/** Counts in the local workspace, by SQL. */
export function localReader(url: string): StoreReader {
  const quoted = (text: string, mark: string): string =>
    `${mark}${text.replaceAll(mark, mark + mark)}${mark}`;
  return {
    async countRows(tables, instance) {
      const names = tables.map((table) => quoted(table, "'")).join(', ');
      const made = await askWorkspace(
        url,
        `SELECT table_name AS "name" FROM information_schema.tables WHERE table_name IN (${names})`,
      );
      // `start` creates the tables. A connector that was added since has no table and no rows.
      if (made.length === 0) return { rows: 0, events: 0 };
      const own = made
        .map(({ name }) => String(name))
        .map(
          (table) =>
            `SELECT "EventId" FROM ${quoted(table, '"')} WHERE "Instance" = ${quoted(instance, "'")}`,
        );
      const [row] = await askWorkspace(
        url,
        `SELECT count(*) AS "rows", count(DISTINCT "EventId") AS "events" FROM (${own.join(' UNION ALL ')})`,
      );
      return { rows: Number(row?.['rows']), events: Number(row?.['events']) };
    },
    async readErrors(streams) {
      const named = streams.map((stream) => quoted(stream, "'")).join(', ');
      const rows = await askWorkspace(
        url,
        `SELECT "Message" AS message, count(*) AS "count", max("TimeGenerated") AS "last" FROM "DCRLogErrors" WHERE "InputStreamId" IN (${named}) GROUP BY 1 ORDER BY 3 DESC LIMIT 20`,
      );
      return rows.map(({ count, last, message }) => ({
        message: String(message),
        count: Number(count),
        last: String(last),
      }));
    },
  };
}
