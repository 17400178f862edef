import { isUtf8 } from 'node:buffer';
import type { AnswerFormat, CsvFormat } from '../../contract/format';
import type { BodyDecoder } from '../../contract/http';
import type { Json } from '../../contract/json';
import { yieldToEventLoop } from '../../values/cooperative';
import { asUtf8, charsetIn } from './charset';
import { readCsv } from './csv';
import { decompressed, limited } from './decompress';
import { ndjsonReader } from './ndjson';
import { readChunks } from './record-reader';

const PIECE_BYTES = 64 * 1024;

/**
 * Makes the JSON value of a whole body in this format. Works in pieces, so that it does not block the event loop.
 * @param needed the column of a CSV that each of its records needs
 */
export function bodyDecoder(format: AnswerFormat, needed?: string): BodyDecoder {
  return async (body, { contentType, maxBytes }) => {
    const charset = isUtf8(body) ? undefined : charsetIn(contentType);
    const text = asUtf8(limited(decompressed(inPieces(body)), maxBytes), charset);
    const records: Json[] = [];
    for await (const batch of readRecords(format, text, needed))
      for (const record of batch) records.push(record);
    return records;
  };
}

/** The records of a body, batch by batch, as its bytes arrive. @throws SyntaxError when it is not whole, or of another format */
export function readRecords(
  format: AnswerFormat,
  chunks: AsyncIterable<Uint8Array>,
  needed?: string,
): AsyncIterable<readonly Json[]> {
  if (format === 'ndjson') return readChunks(ndjsonReader(), chunks);
  return readCsv(chunks, csvFormatOf(format), needed);
}

/** The declaration of a CSV. */
export function csvFormatOf(format: Exclude<AnswerFormat, 'ndjson'>): CsvFormat {
  return format === 'csv' ? {} : format.csv;
}

/** The bytes of a whole body in chunks. Lets other work run between them. */
export async function* inPieces(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) {
    yield body.subarray(at, at + PIECE_BYTES);
    await yieldToEventLoop();
  }
}
