import type { Batch } from '../contract/sink';

/** One row's JSON text as the sink encoded it, and the record behind it. */
export interface Encoded<T> {
  readonly text: string;
  readonly row: T;
}

/** Rows that are made when they are asked for; `undefined` between them is a pause, for everything else to go on. */
export type PausedRows<T> = Iterable<Encoded<T> | undefined>;

/** A batch that can still be halved. */
export interface Cut<T> extends Batch {
  readonly rows: readonly T[];
  /** Where in `body` each row ends. */
  readonly ends: readonly number[];
}

const [OPEN, COMMA, CLOSE] = [0x5b, 0x2c, 0x5d];
/** A small batch is the rule between two busy times: the room for it grows as it is needed. */
const FIRST_BYTES = 64 * 1024;
/** What UTF-8 makes of one UTF-16 unit, at most. */
const BYTES_A_UNIT = 3;

/**
 * Cuts rows into batches whose array fits one call, as they are asked for. A row's bytes are written as it comes,
 * so that its text is not kept. Order is kept; a row that alone is over the limit gets a batch of its own, for the
 * sink to refuse. A pause among the rows is one among the batches.
 * @param maxBytes of the array with its brackets and commas
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
  /** False when the row has no room beside those that are there. */
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

/** Both halves of a batch of at least two rows that was too large after all. */
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
