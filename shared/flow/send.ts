import type { Sink } from '../contract/sink';
import type { Table } from '../contract/table';
import { cutBatches, halve, type Cut, type Encoded } from './batch';

/** How many batches are on their way at once. */
const CONCURRENCY = 4;

/**
 * Sends rows of one table; they are asked for as there is room. Resolves when the sink has accepted every one of
 * them but those returned: rows that it refuses as too large even alone, and which are therefore dead letters. What
 * is too large together is halved.
 * @throws what the sink throws, once no batch is on its way any more; which rows arrived is then unknown
 */
export async function send<T>(sink: Sink, table: Table, rows: Iterable<Encoded<T>>): Promise<T[]> {
  const batches = cutBatches(rows, sink.limits.maxBatchBytes);
  const halves: Cut<T>[] = [];
  const refused: T[] = [];
  let failed: { readonly error: unknown } | undefined;
  const next = (): Cut<T> | undefined =>
    failed === undefined ? (halves.pop() ?? (batches.next().value || undefined)) : undefined;

  const work = async (): Promise<void> => {
    for (let batch = next(); batch !== undefined; batch = next()) {
      try {
        const answer = await sink.send(table, batch);
        if (answer === 'accepted') continue;
        if (batch.count === 1) refused.push(...batch.rows);
        else halves.push(...halve(batch).reverse());
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  if (failed !== undefined) throw failed.error;
  return refused;
}

/** Sends a page's rows to their table, the late ones to another where there is one. @see send */
export async function sendRows<T extends { readonly late: boolean }>(
  sink: Sink,
  table: Table,
  lateTable: string | undefined,
  rows: Iterable<Encoded<T>>,
): Promise<T[]> {
  if (lateTable === undefined) return send(sink, table, rows);
  const late: Encoded<T>[] = [];
  const others = function* (): Generator<Encoded<T>> {
    for (const each of rows) {
      if (each.row.late) late.push(each);
      else yield each;
    }
  };
  const refused = await send(sink, table, others());
  return [...refused, ...(await send(sink, { ...table, name: lateTable }, late))];
}
