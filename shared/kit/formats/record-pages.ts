import { ContractError, SettingError, UnavailableError } from '../../contract/errors';
import type { AnswerFormat } from '../../contract/format';
import type { HttpResponse } from '../../contract/http';
import type { Json, JsonObject } from '../../contract/json';
import { isObject } from '../../values/json-path';
import { recordMark } from '../../values/json/record-mark';
import { asUtf8, charsetIn } from './charset';
import { CutOff } from './cut-off';
import { inPieces, readRecords } from './decode-body';
import { counted, decompressed } from './decompress';

/** A page ends with the chunk in which it reaches one of these: it takes a bounded memory whatever its records are. */
export const [PAGE_RECORDS, PAGE_BYTES] = [2_000, 1024 * 1024];

const MARK = /^[0-9a-f]{12}$/;

/** A place between two records of a file. */
export interface FilePosition {
  /** How many records are before it. */
  readonly read: number;
  /** A hash of the last one. If another record is there, the file is another one. */
  readonly mark: string;
  /** The `ETag` of the file, if it has one. */
  readonly etag?: string;
}

/** Some records of a file, in its order. */
export interface RecordPage {
  readonly records: readonly Json[];
  /** Behind them; absent while the file has none. */
  readonly position: FilePosition | undefined;
  /** True when the page begins at the first record of the file. */
  readonly isFirst: boolean;
  /** True for the last page, which may be empty. */
  readonly isLast: boolean;
}

/** A file, and how it is read. */
export interface FileReading {
  /** The file in messages. */
  readonly name: string;
  readonly format: AnswerFormat;
  /** The column of a CSV that each of its records needs. */
  readonly needed?: string | undefined;
  /** Where an earlier read ended. */
  readonly from?: FilePosition | undefined;
  /** Requests the file, streamed. */
  readonly request: () => Promise<HttpResponse>;
}

/** The file does not have the record that a position stands behind. */
class Replaced extends Error {}

/**
 * Reads a file of any size page by page. It begins behind `from`; at the first record if the file was replaced since, so that
 * its records are sent again rather than lost.
 * @throws UnavailableError when the file breaks off; the whole pages before are yielded
 * @throws ContractError when it is in another format
 */
export async function* recordPages(reading: FileReading): AsyncGenerator<RecordPage, void, undefined> {
  try {
    yield* pagesOf(reading, reading.from);
  } catch (error) {
    if (!(error instanceof Replaced)) throw named(error, reading.name);
    yield* recordPages({ ...reading, from: undefined });
  }
}

/** A stored position. @throws SettingError for a damaged state */
export function readFilePosition(saved: Json): FilePosition {
  const { etag, mark, read } = isObject(saved) ? saved : {};
  const isPlace = typeof read === 'number' && Number.isSafeInteger(read) && read > 0;
  const isSound = etag === undefined || typeof etag === 'string';
  if (!isPlace || typeof mark !== 'string' || !MARK.test(mark) || !isSound)
    throw new SettingError('its position within a file is not one that was ever written', { isDamage: true });
  return { read, mark, ...(etag === undefined ? {} : { etag }) };
}

/** A position as it is stored. */
export function writeFilePosition({ etag, mark, read }: FilePosition): JsonObject {
  return { read, mark, ...(etag === undefined ? {} : { etag }) };
}

async function* pagesOf(
  { format, needed, request }: FileReading,
  from: FilePosition | undefined,
): AsyncGenerator<RecordPage, void, undefined> {
  const response = await request();
  const { etag } = response.headers;
  if (from?.etag !== undefined && etag !== undefined && from.etag !== etag) throw new Replaced();
  const behind = skipTo(from);
  const meter = { bytes: 0 };
  let records: Json[] = [];
  let read = from?.read ?? 0;
  let last: Json | undefined;
  let isFirst = from === undefined;
  const page = (isLast: boolean): RecordPage => {
    const mark = last === undefined ? from?.mark : recordMark(last);
    const position = mark === undefined ? undefined : { read, mark, ...(etag === undefined ? {} : { etag }) };
    const made = { records, position, isFirst, isLast };
    [records, meter.bytes, isFirst] = [[], 0, false];
    return made;
  };
  for await (const batch of readRecords(format, counted(bodyOf(response), meter), needed)) {
    const fresh = behind.skip(batch);
    if (fresh.length === 0) continue;
    if (records.length >= PAGE_RECORDS || meter.bytes >= PAGE_BYTES) yield page(false);
    for (const record of fresh) records.push(record);
    read += fresh.length;
    last = fresh.at(-1);
  }
  behind.end();
  yield page(true);
}

/** Leaves out the records before a position. @throws Replaced when the one before it is not there */
function skipTo(from: FilePosition | undefined): {
  skip(batch: readonly Json[]): readonly Json[];
  end(): void;
} {
  let left = from?.read ?? 0;
  return {
    skip(batch) {
      if (left === 0) return batch;
      const some = Math.min(left, batch.length);
      left -= some;
      if (left === 0 && recordMark(batch[some - 1] as Json) !== from?.mark) throw new Replaced();
      return batch.slice(some);
    },
    end() {
      if (left > 0) throw new Replaced();
    },
  };
}

function bodyOf({ body, chunks, headers }: HttpResponse): AsyncIterable<Uint8Array> {
  return asUtf8(decompressed(chunks ?? inPieces(body)), charsetIn(headers['content-type'] ?? ''));
}

function named(error: unknown, name: string): unknown {
  if (!(error instanceof SyntaxError)) return error;
  const said = `reading ${name}: ${error.message}`;
  return error instanceof CutOff
    ? new UnavailableError(`${said}. The next run goes on from here.`, { cause: error })
    : new ContractError(`${said}. Compare \`format\` with the file.`, { cause: error });
}
