import type { Batch } from '../contract/sink';

/** A row's JSON text as the sink encoded it, with its record. */
export interface Encoded<T> {
  readonly text: string;
  readonly row: T;
}

/** Rows that are made on demand. `undefined` is a pause, in which other work runs. */
export type PausedRows<T> = Iterable<Encoded<T> | undefined>;

/** A batch that can still be halved. */
export interface Cut<T> extends Batch {
  readonly rows: readonly T[];
  /** Where in `body` each row ends. */
  readonly ends: readonly number[];
}

const [OPEN, COMMA, CLOSE] = [0x5b, 0x2c, 0x5d];
/** Initial buffer. Most batches are small; the buffer grows on demand. */
const FIRST_BYTES = 64 * 1024;
/** Most bytes of UTF-8 for one UTF-16 unit. */
const BYTES_A_UNIT = 3;

/**
 * Cuts rows into batches that fit one call, on demand. Each row's bytes are written at once, so that its text is not kept.
 * Keeps the order. A row over the limit gets a batch of its own, which the sink refuses. A pause among the rows is a pause
 * among the batches.
 * @param maxBytes of the JSON array, brackets and commas included
 */
export function* cutBatches<T>(
  rows: PausedRows<T>,
  maxBytes: number,
): Generator<Cut<T> | undefined, void, undefined> {
  let array = openArray<T>(maxBytes);
  for (const encoded of rows) {
    if (encoded === undefined) {
      yield;
      continue;
    }
    if (!array.add(encoded)) {
      yield array.close();
      array = openArray<T>(maxBytes);
      array.add(encoded);
    }
  }
  if (array.count() > 0) yield array.close();
}

/** A JSON array of bytes that grows row by row. */
function openArray<T>(maxBytes: number): {
  /** False when the row does not fit beside the others. */
  add(encoded: Encoded<T>): boolean;
  count(): number;
  close(): Cut<T>;
} {
  const [rows, ends]: [T[], number[]] = [[], []];
  let body: Buffer = Buffer.allocUnsafe(Math.min(FIRST_BYTES, maxBytes));
  let at = 0;
  return {
    add({ text, row }) {
      // The comma or bracket before it, and the bracket that ends the array.
      let end = at + 2 + text.length * BYTES_A_UNIT;
      if (end > body.length) {
        end = at + 2 + Buffer.byteLength(text);
        if (end > maxBytes && rows.length > 0) return false;
        if (end > body.length) body = grow(body, at, end, maxBytes);
      }
      body[at] = at === 0 ? OPEN : COMMA;
      at += 1 + body.write(text, at + 1);
      rows.push(row);
      ends.push(at);
      return true;
    },
    count: () => rows.length,
    close() {
      body[at] = CLOSE;
      return { rows, ends, count: rows.length, body: body.subarray(0, at + 1) };
    },
  };
}

function grow(body: Buffer, used: number, needed: number, maxBytes: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(body.length * 4, maxBytes)));
  body.copy(larger, 0, 0, used);
  return larger;
}

/** Halves a batch of at least two rows. */
export function halve<T>(cut: Cut<T>): [Cut<T>, Cut<T>] {
  const middle = Math.ceil(cut.count / 2);
  return [part(cut, 0, middle), part(cut, middle, cut.count)];
}

function part<T>({ rows, ends, body }: Cut<T>, from: number, to: number): Cut<T> {
  // From the comma or bracket before its first row to the end of its last one, and a bracket.
  const [start, end] = [from === 0 ? 0 : (ends[from - 1] ?? 0), ends[to - 1] ?? 0];
  const own = Buffer.allocUnsafe(end - start + 1);
  body.copy(own, 0, start, end);
  own[0] = OPEN;
  own[end - start] = CLOSE;
  return {
    rows: rows.slice(from, to),
    ends: ends.slice(from, to).map((at) => at - start),
    count: to - from,
    body: own,
  };
}
