import type { Json } from '../../contract/json';
import { yieldToEventLoop } from '../../values/cooperative';

/**
 * Turns the bytes of a body into records, chunk by chunk. It holds one record and one chunk. Of what it yields, `undefined`
 * is a pause.
 */
export interface RecordReader {
  /** The records that end in this chunk. */
  write(chunk: Uint8Array): Generator<Json | undefined, void, undefined>;
  /** The records behind the last chunk. @throws SyntaxError when the body is not whole, or of another format */
  end(): Generator<Json | undefined, void, undefined>;
}

/** Reads all chunks. Lets other work run between two chunks, and within a long record. */
export async function* readChunks(
  reader: RecordReader,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly Json[], void, undefined> {
  for await (const chunk of chunks) {
    yield await recordsOf(reader.write(chunk));
    await yieldToEventLoop();
  }
  yield await recordsOf(reader.end());
}

async function recordsOf(work: Iterable<Json | undefined>): Promise<readonly Json[]> {
  const records: Json[] = [];
  for (const record of work) {
    if (record === undefined) await yieldToEventLoop();
    else records.push(record);
  }
  return records;
}

/** True for a chunk that begins with the byte order mark of UTF-8. */
export function hasByteOrderMark(chunk: Uint8Array): boolean {
  return chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
}
