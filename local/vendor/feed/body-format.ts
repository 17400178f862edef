import { parse } from 'csv-parse/sync';
import type { AnswerFormat, CsvFormat } from '../../../shared/contract/format';
import type { Json } from '../../../shared/contract/json';
import { csvOptions, csvProblem, rowReader } from '../../../shared/kit/formats/csv';
import { csvFormatOf } from '../../../shared/kit/formats/decode-body';
import { ndjsonReader } from '../../../shared/kit/formats/ndjson';
import { withoutPauses } from '../../../shared/values/cooperative';
import { isObject } from '../../../shared/values/json-path';
import { parseJson, stringifyJson } from '../../../shared/values/json/json';

/** The end of a fixture's name, without the dot: the body is in the vendor's own format. */
export function extensionOf(format: AnswerFormat | undefined): string {
  if (format === undefined) return 'json';
  return format === 'ndjson' ? 'ndjson' : 'csv';
}

/** The value of a body, as a source reads it. @throws SyntaxError when it is not in its format */
export function readBody(bytes: Uint8Array, format: AnswerFormat | undefined): Json {
  if (format === undefined) return parseJson(Buffer.from(bytes).toString('utf8'));
  if (format === 'ndjson') return readLines(bytes);
  return readTable(bytes, csvFormatOf(format));
}

function readLines(bytes: Uint8Array): readonly Json[] {
  const reader = ndjsonReader();
  return [...withoutPauses(reader.write(bytes)), ...withoutPauses(reader.end())];
}

function readTable(bytes: Uint8Array, format: CsvFormat): readonly Json[] {
  const reader = rowReader(format);
  try {
    const rows = parse(Buffer.from(bytes), csvOptions(format));
    const records = rows.map((row) => reader.read(row)).filter((record) => record !== undefined);
    reader.end();
    return records;
  } catch (error) {
    throw csvProblem(error);
  }
}

/** A body of this format, and its type. @param sample records whose members are columns, also of an empty page */
export function writeBody(
  body: Json,
  format: AnswerFormat | undefined,
  sample: Json,
): { readonly type: string; readonly text: string } {
  if (format === undefined) return { type: 'application/json', text: stringifyJson(body) };
  const records = body as readonly Json[];
  if (format === 'ndjson') return { type: 'application/x-ndjson', text: records.map(line).join('') };
  return { type: 'text/csv', text: writeTable(records, csvFormatOf(format), sample as readonly Json[]) };
}

function line(record: Json): string {
  return `${stringifyJson(record)}\n`;
}

function writeTable(records: readonly Json[], format: CsvFormat, sample: readonly Json[]): string {
  const { delimiter = ',', quote = '"' } = format;
  const objects = [...sample, ...records].filter(isObject);
  const names = format.columns ?? [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const cell = (value: Json | undefined): string => {
    const text =
      value === undefined || value === null ? '' : typeof value === 'string' ? value : stringifyJson(value);
    const isPlain = ![delimiter, quote, '\r', '\n'].some((each) => text.includes(each));
    return isPlain ? text : quote + text.replaceAll(quote, quote + quote) + quote;
  };
  const rows = records.filter(isObject).map((record) => names.map((name) => cell(record[name])));
  const header = format.columns === undefined && names.length > 0 ? [names.map(cell)] : [];
  return [...header, ...rows].map((cells) => `${cells.join(delimiter)}\n`).join('');
}
