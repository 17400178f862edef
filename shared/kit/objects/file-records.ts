import { isUtf8 } from 'node:buffer';
import { UnavailableError } from '../../contract/errors';
import type { Json } from '../../contract/json';
import type { FileFormat } from '../../contract/objects';
import { joinBytes, runCooperatively } from '../../values/cooperative';
import { compileQuery, listPath } from '../../values/json-path';
import { readJson } from '../../values/json/incremental-parse';
import { escapeInvalidBytes, noteInvalidUtf8 } from '../../values/json/invalid-utf8';
import { asUtf8, charsetIn } from '../formats/charset';
import { readRecords } from '../formats/decode-body';
import { counted, decompressed, limited } from '../formats/decompress';
import type { NamedFile, OpenedFile } from './object-store';

/** The most bytes of a JSON file, decompressed: it is parsed as a whole. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;
/** Records of a JSON file that are handed on together. */
const BATCH = 500;

const ENDS: Readonly<Record<string, FileFormat>> = {
  json: 'json',
  jsonl: 'ndjson',
  ndjson: 'ndjson',
  csv: 'csv',
  tsv: { csv: { delimiter: '\t' } },
};

/** The format of a file by the end of its name; `undefined` for an unknown one. */
export function formatByName(key: string): FileFormat | undefined {
  const [, end = ''] = /\.([a-z]+)(?:\.gz(?:ip)?)?$/i.exec(key) ?? [];
  const known = end.toLowerCase();
  return Object.hasOwn(ENDS, known) ? ENDS[known] : undefined;
}

/**
 * The records of a file, batch by batch, as its bytes arrive.
 * @param meter counts the decompressed bytes
 * @throws SyntaxError when the whole file is in another format, or damaged
 * @throws UnavailableError when fewer bytes arrive than the file has
 */
export async function* readFile(
  { format, records = '$' }: { readonly format: FileFormat; readonly records?: string | undefined },
  file: NamedFile,
  opened: OpenedFile,
  meter: { bytes: number },
): AsyncGenerator<readonly Json[], void, undefined> {
  const received = { bytes: 0 };
  const raw = decompressed(counted(opened.chunks, received));
  const bytes = asUtf8(counted(raw, meter), charsetIn(opened.contentType));
  const isCutOff = (): boolean => !opened.isEncoded && received.bytes < (file.size ?? 0);
  try {
    if (format === 'json') yield* readDocument(bytes, records);
    else yield* readRecords(format, bytes);
  } catch (error) {
    throw error instanceof SyntaxError && isCutOff() ? cutOff(file, received.bytes, error) : error;
  }
  if (isCutOff()) throw cutOff(file, received.bytes);
}

function cutOff({ bucket, key, size = 0 }: NamedFile, received: number, cause?: Error): UnavailableError {
  return new UnavailableError(
    `reading the file ${key} in ${bucket}: ${received} of its ${size} bytes arrived. The next run reads it again.`,
    cause === undefined ? {} : { cause },
  );
}

async function* readDocument(
  bytes: AsyncIterable<Uint8Array>,
  records: string,
): AsyncGenerator<readonly Json[]> {
  const parts: Uint8Array[] = [];
  for await (const part of limited(bytes, MAX_JSON_BYTES)) parts.push(part);
  const document = await runCooperatively(parsed(await runCooperatively(joinBytes(parts))));
  const lists = compileQuery(listPath(records))(document).filter((list) => Array.isArray(list));
  if (lists.length === 0) throw new SyntaxError(`it has no list at ${records}`);
  for (const list of lists as readonly (readonly Json[])[])
    for (let at = 0; at < list.length; at += BATCH) yield list.slice(at, at + BATCH);
}

function* parsed(bytes: Buffer): Generator<undefined, Json, undefined> {
  if (isUtf8(bytes)) return yield* readJson(bytes);
  return yield* noteInvalidUtf8(yield* readJson(yield* escapeInvalidBytes(bytes)));
}
