import { isAscii } from 'node:buffer';
import { pipeline, Readable } from 'node:stream';
import type { Options } from 'csv-parse';
import type { CsvFormat } from '../../contract/format';
import type { Json } from '../../contract/json';
import { runToEnd, yieldToEventLoop } from '../../values/cooperative';
import { noteInvalidUtf8, textOfBytes } from '../../values/json/invalid-utf8';
import { CutOff } from './cut-off';
import { hasByteOrderMark } from './record-reader';

/** Rows that are handed on together: at most so many, of at most about so many characters. */
const [BATCH, BATCH_CHARACTERS] = [500, 256 * 1024];
/** A longer row is one whose quotation never ends. */
const MAX_ROW_BYTES = 16 * 1024 * 1024;

/** A cell as the parser gives it: each character is one byte. */
type Cell = string;

/**
 * Options of the parser. It splits bytes, so that none that is not UTF-8 is lost; {@link rowReader} makes text of them. A
 * quotation mark within a cell is text; rows may differ in length.
 * @see https://csv.js.org/parse/options/
 */
export function csvOptions({ delimiter = ',', quote = '"' }: CsvFormat): Options {
  return {
    encoding: 'latin1',
    delimiter: Buffer.from(delimiter),
    quote: Buffer.from(quote),
    escape: Buffer.from(quote),
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
  };
}

/** What the rows of a body become. */
export interface RowReader {
  /** The record of a row; `undefined` for the header row. @throws SyntaxError for a header row of another body */
  read(row: readonly Cell[]): Json | undefined;
  /** @throws SyntaxError when no row looks like one of this format */
  end(): void;
}

/**
 * Makes records of rows. A column without a name, or with the name of an earlier one, is `column_<n>`.
 * @param needed a column that the header row must have: a body of another kind has a first line too
 */
export function rowReader({ columns, missing = '' }: CsvFormat, needed?: string): RowReader {
  let names = columns;
  let [rows, wide] = [0, 0];
  return {
    read(row) {
      const cells = row.map(textOfCell);
      if (names === undefined) {
        names = headerOf(cells, needed);
        return undefined;
      }
      rows++;
      if (cells.length > 1) wide++;
      return recordOf(names, cells, missing);
    },
    end() {
      if (columns !== undefined && columns.length > 1 && rows > 0 && wide === 0)
        throw new SyntaxError('each of its rows is a single cell');
    },
  };
}

function headerOf(cells: readonly string[], needed: string | undefined): readonly string[] {
  const names = cells.map((cell, index) => {
    const name = cell.trim();
    return name === '' || cells.findIndex((each) => each.trim() === name) < index ? columnName(index) : name;
  });
  if (needed === undefined || names.includes(needed)) return names;
  throw new SyntaxError(`its first row has no column ${needed}`);
}

function recordOf(names: readonly string[], cells: readonly string[], missing: string): Json {
  const members: [string, string][] = [];
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index] as string;
    if (cell !== '' && cell !== missing) members.push([names[index] ?? columnName(index), cell]);
  }
  // A member may be called `__proto__`.
  const record = Object.fromEntries(members);
  return cells.every(isWhole) ? record : runToEnd(noteInvalidUtf8(record));
}

function columnName(index: number): string {
  return `column_${index + 1}`;
}

function textOfCell(cell: Cell): string {
  const bytes = Buffer.from(cell, 'latin1');
  return isAscii(bytes) ? cell : textOfBytes(bytes);
}

/** True for a text without half of a surrogate pair, as a byte that is not UTF-8 leaves. */
function isWhole(text: string): boolean {
  return !/[\udc80-\udcff]/.test(text);
}

/** Reads the rows of a body as its chunks arrive. @throws SyntaxError when the body is not whole, or of another format */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array>,
  format: CsvFormat,
  needed?: string,
): AsyncGenerator<readonly Json[], void, undefined> {
  const reader = rowReader(format, needed);
  // Loaded by the first table that is read.
  const { parse } = await import('csv-parse');
  const rows = pipeline(Readable.from(withoutMark(chunks)), parse(csvOptions(format)), () => undefined);
  let batch: Json[] = [];
  let characters = 0;
  try {
    for await (const row of rows as AsyncIterable<Cell[]>) {
      const record = reader.read(row);
      if (record !== undefined) batch.push(record);
      for (const cell of row) characters += cell.length;
      if (batch.length < BATCH && characters < BATCH_CHARACTERS) continue;
      yield batch;
      [batch, characters] = [[], 0];
    }
  } catch (error) {
    throw csvProblem(error);
  }
  reader.end();
  yield batch;
}

/** The error of the parser in words of ours; any other error unchanged. */
export function csvProblem(error: unknown): unknown {
  const { code } = error as { readonly code?: string };
  if (code === 'CSV_QUOTE_NOT_CLOSED') return new CutOff('it ends within a quotation', { cause: error });
  if (code === 'CSV_MAX_RECORD_SIZE')
    return new SyntaxError('a row of it is longer than 16 MB', { cause: error });
  return error;
}

async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    yield isFirst && hasByteOrderMark(chunk) ? chunk.subarray(3) : chunk;
    isFirst = false;
    await yieldToEventLoop();
  }
}
