/** A row on its way: at least its JSON text, as the sink encoded it. */
export interface Encoded {
  readonly text: string;
}

/** Rows that go into one call. */
export interface Cut<T extends Encoded> {
  readonly rows: readonly T[];
  /** Bytes of the JSON array that holds the rows. */
  readonly bytes: number;
}

/**
 * Cuts rows into batches whose array fits one call, as they are asked for. Order is kept; a row that alone is
 * over the limit gets a batch of its own, for the sink to refuse.
 * @param maxBytes of the array with its brackets and commas
 */
export function* cutBatches<T extends Encoded>(
  rows: Iterable<T>,
  maxBytes: number,
): Generator<Cut<T>, void, undefined> {
  let current: T[] = [];
  let bytes = 2;
  for (const row of rows) {
    const size = Buffer.byteLength(row.text);
    if (current.length > 0 && bytes + size + 1 > maxBytes) {
      yield { rows: current, bytes };
      current = [];
      bytes = 2;
    }
    bytes += size + (current.length > 0 ? 1 : 0);
    current.push(row);
  }
  if (current.length > 0) yield { rows: current, bytes };
}

/** Both halves of a batch that was too large after all. */
export function halve<T extends Encoded>({ rows }: Cut<T>): [Cut<T>, Cut<T>] {
  const middle = Math.ceil(rows.length / 2);
  return [toCut(rows.slice(0, middle)), toCut(rows.slice(middle))];
}

function toCut<T extends Encoded>(rows: readonly T[]): Cut<T> {
  return { rows, bytes: rows.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, 1) };
}
