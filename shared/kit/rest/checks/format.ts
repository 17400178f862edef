import type { CsvFormat } from '../../../contract/format';
import type { Json } from '../../../contract/json';
import type { RestSpec } from '../../../contract/rest';
import { isObject, listPath } from '../../../values/json-path';
import { wrong } from './declaration-error';
import { maybe, must, text, type Rules } from './rules';

const NAMES = ['ndjson', 'csv'];
const isNames = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

/** The rule for `format`. */
export const FORMAT = must(`one of ${NAMES.join(', ')}, or { csv: {…} }`, (value) => {
  const options = isObject(value as Json) ? (value as { readonly csv?: Json }).csv : undefined;
  return NAMES.includes(value as string) || isObject(options);
});
/** The rules for its options. */
export const CSV: Rules<CsvFormat> = {
  columns: maybe(must('a list of names', isNames)),
  delimiter: maybe(text),
  missing: maybe(text),
  quote: maybe(text),
};

/** One character that a line break, a quotation or the text of a cell cannot be mistaken for. */
const SEPARATOR = /^[^\r\n\w]$/u;

/** @throws ContractError when a declaration does not fit the format of its answers; the message names the member */
export function checkFormat(spec: RestSpec): void {
  const { format } = spec;
  checkStreamed(spec);
  if (format === undefined) return;
  const fault = typeof format === 'object' ? csvFault(format.csv) : undefined;
  if (fault !== undefined) throw wrong(...fault);
  if (spec.details !== undefined) {
    throw wrong(
      'format',
      'a list of ids and its details are JSON',
      'Leave it out, or write the pull in code',
    );
  }
  if (listPath(spec.records) !== '$') {
    throw wrong('records', 'an answer of lines is the array of its records', "Write '$'");
  }
  for (const [member, path] of pathsBeside(spec)) {
    if (path.startsWith('$[')) continue;
    throw wrong(
      member,
      `an answer of lines has nothing beside its records, and so nothing at ${path}`,
      'Page by a header or by time, or read a member of a record, such as $[-1].id',
    );
  }
}

/** An answer that is not held whole tells nothing but its records. */
function checkStreamed({ format, next, streamed, success }: RestSpec): void {
  if (streamed === undefined) return;
  if (format === undefined) {
    throw wrong('streamed', 'JSON is read whole', 'Declare the format of its lines, or leave it out');
  }
  if (next.kind !== 'none') {
    throw wrong(
      'streamed',
      'one answer has all of a range',
      'Spread oneAnswer(), or leave it out: an answer of a page is small',
    );
  }
  if (success !== undefined) {
    throw wrong('success', 'an answer that is streamed is delivered before it ends', 'Leave it out');
  }
}

function pathsBeside({
  next,
  stop,
  success,
}: RestSpec): readonly (readonly [member: string, path: string])[] {
  const named = next as { readonly from?: string; readonly last?: string };
  const paths = {
    'next.from': named.from,
    'next.last': named.last,
    'success.from': success?.from,
    'stop.path': 'path' in stop ? stop.path : undefined,
  };
  return Object.entries(paths).filter((entry): entry is [string, string] => entry[1] !== undefined);
}

/** Why the options of a CSV cannot work, and what to do. */
export function csvFault({
  columns,
  delimiter = ',',
  quote = '"',
}: CsvFormat): readonly [member: string, because: string, advice: string] | undefined {
  for (const [name, mark] of Object.entries({ delimiter, quote })) {
    if (SEPARATOR.test(mark)) continue;
    return [`format.csv.${name}`, `${JSON.stringify(mark)} cannot separate`, 'Write one character'];
  }
  if (delimiter === quote)
    return ['format.csv', 'delimiter and quote are the same character', 'Compare them with an answer'];
  if (columns === undefined) return undefined;
  const twice = columns.find((name, at) => name === '' || columns.indexOf(name) < at);
  if (columns.length > 0 && twice === undefined) return undefined;
  return ['format.csv.columns', 'each column needs a name of its own', 'Name every column, in its order'];
}
