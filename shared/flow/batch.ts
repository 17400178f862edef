import type { Batch } from '../contract/sink';

/**
 * Cuts rows, each already JSON text, into batches whose array fits one call. Order is kept; a row that alone
 * is over the limit gets a batch of its own, for the sink to refuse.
 * @param maxBytes of the array with its brackets and commas
 */
export function cutBatches(rows: readonly string[], maxBytes: number): Batch[] {
  const batches: Batch[] = [];
  let current: string[] = [];
  let bytes = 2;
  for (const row of rows) {
    const size = Buffer.byteLength(row);
    if (current.length > 0 && bytes + size + 1 > maxBytes) {
      batches.push({ rows: current, bytes });
      current = [];
      bytes = 2;
    }
    bytes += size + (current.length > 0 ? 1 : 0);
    current.push(row);
  }
  if (current.length > 0) batches.push({ rows: current, bytes });
  return batches;
}

/** Both halves of a batch that was too large after all. */
export function halve({ rows }: Batch): [Batch, Batch] {
  const middle = Math.ceil(rows.length / 2);
  return [toBatch(rows.slice(0, middle)), toBatch(rows.slice(middle))];
}

function toBatch(rows: readonly string[]): Batch {
  return { rows, bytes: rows.reduce((sum, row) => sum + Buffer.byteLength(row) + 1, 1) };
}
