import type { Batch, Sink } from '../contract/sink';
import type { Table } from '../contract/table';
import { cutBatches, halve } from './batch';

/** How many batches of one page are on their way at once. */
const CONCURRENCY = 4;

/**
 * Sends rows of one table. Resolves when the sink has accepted every one of them but those returned: rows
 * that it refuses as too large even alone, and which are therefore dead letters. What is too large together
 * is halved.
 * @throws what the sink throws, once no batch is on its way any more; which rows arrived is then unknown
 */
export async function send(sink: Sink, table: Table, rows: readonly string[]): Promise<string[]> {
  const waiting = cutBatches(rows, sink.limits.maxBatchBytes).reverse();
  const refused: string[] = [];
  let failed: { readonly error: unknown } | undefined;

  const work = async (): Promise<void> => {
    for (let batch = waiting.pop(); batch !== undefined && failed === undefined; batch = waiting.pop()) {
      try {
        if ((await sink.send(table, batch)) === 'too-large') split(batch, waiting, refused);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, waiting.length) }, work));
  if (failed !== undefined) throw failed.error;
  return refused;
}

function split(batch: Batch, waiting: Batch[], refused: string[]): void {
  if (batch.rows.length === 1) refused.push(...batch.rows);
  else waiting.push(...halve(batch).reverse());
}
