import { ContractError } from '../../../contract/errors';
import type { Json } from '../../../contract/json';
import type { RestNext, RestSpec } from '../../../contract/rest';
import { compileAnswerPath } from '../../../values/json-path';
import { recordMark } from '../../../values/json/record-mark';
import { named } from '../checks/declaration-error';
import { NO_TOKEN, type NamedNext, type PageAnswer, type Paging } from './paging';

type NumberedNext = Extract<RestNext, { kind: 'page' | 'offset' }>;

/**
 * Paging by the number of a page, or by an offset counted in records. Nothing in an answer names the next page, and records
 * that appear or vanish during a read move the others to other pages. Therefore a token holds more than the number:
 *
 * - A hash of the last record. The next offset shows that record again. If it is not there, records have moved to pages that
 *   were read: the read begins again.
 * - A hash of the page. A vendor that gives the same page for two numbers ignores the number.
 * - With `stop: total`, how many records were read, and of how many. If the total falls between two pages, the read of a page
 *   number begins again too.
 */
export function numberedPaging(spec: RestSpec, next: NumberedNext): Paging {
  const first = firstOf(next);
  const size = spec.stop.on === 'short-page' ? spec.stop.full : undefined;
  const isOffset = next.kind === 'offset';
  return {
    ...NO_TOKEN,
    member: next.kind,
    isToken: (text) => TOKEN.test(text),
    places: {
      'next.send': [next.send, 'cursor'],
      ...(isOffset && next.to !== undefined ? { 'next.to': [next.to, 'cursorEnd'] } : {}),
    },
    values: isOffset && size !== undefined ? ['cursor', 'cursorEnd'] : ['cursor'],
    isNumbered: true,
    valueOf(name, token) {
      const number = token === undefined ? first : readToken(token).number;
      return name === 'cursor' ? number : number + (size ?? 0);
    },
    placeOf: (token) => ({ token }),
    compile() {
      const totalOf = compileTotal(spec);
      return (answer) => readPage(spec, next, answer, totalOf(answer.body));
    },
  };
}

/** The number of the first page, or of the first record. */
export function firstOf({ first, kind }: NumberedNext): 0 | 1 {
  return first ?? (kind === 'offset' ? 0 : 1);
}

/** The number of a page, what was on the page before, and what was read before. */
interface Token {
  readonly number: number;
  readonly last?: string | undefined;
  readonly page?: string | undefined;
  readonly read: number;
  readonly total?: number | undefined;
}

const TOKEN = /^(\d{1,15})(?:@([0-9a-f]{12}|)\.([0-9a-f]{12}))?(?:\/(\d{1,15})\/(\d{1,15}))?$/;

function readToken(text: string): Token {
  const [, number, last, page, read, total] = TOKEN.exec(text) ?? [];
  return {
    number: Number(number),
    last: last === '' ? undefined : last,
    page,
    read: Number(read ?? 0),
    total: total === undefined ? undefined : Number(total),
  };
}

function writeToken({ last = '', number, page, read, total }: Token): string {
  return `${number}@${last}.${page ?? ''}${total === undefined ? '' : `/${read}/${total}`}`;
}

function readPage(
  spec: RestSpec,
  next: NumberedNext,
  { records, token }: PageAnswer,
  total: number | undefined,
): NamedNext {
  const at = token === undefined ? { number: firstOf(next), read: 0 } : readToken(token);
  const page = recordMark([records[0] ?? null, records.at(-1) ?? null, records.length]);
  if (page === at.page)
    throw broken(spec, `${next.kind} ${at.number} has the same records as the one before it`, 'next');
  const repeats = repeatsOf(at, records, next.kind === 'page' ? total : undefined);
  if (repeats === undefined) return { isShifted: true };
  const { read, step, last } = progressOf(next, at, records);
  const isLast = isEnd(spec, next, { number: at.number, fresh: records.length - repeats, read, total });
  if (isLast === false && spec.stop.on === 'total' && records.length === 0)
    throw broken(spec, `the vendor counts ${total} records and shows none behind ${read}`, 'stop');
  const counted = spec.stop.on === 'total' && next.kind === 'page' ? total : undefined;
  return {
    more: writeToken({ number: at.number + step, last, page, read, total: counted }),
    isLast,
    repeats,
  };
}

/**
 * How many records at the beginning of a page were on the page before; `undefined` if records have moved to pages that were
 * read: the last record of the page before is not there, or the total fell.
 */
function repeatsOf(
  { last, total: before = 0 }: Token,
  records: readonly Json[],
  total = Infinity,
): number | undefined {
  if (total < before) return undefined;
  if (last === undefined) return 0;
  const found = records.findIndex((record) => recordMark(record) === last);
  if (found < 0) return undefined;
  // Behind inserted records it does not come first. What repeats then is recognised when it is delivered.
  return found === 0 ? 1 : 0;
}

/** How far a page leads: the number of all records read, the step to the next number, the record that is shown again. */
function progressOf(
  next: NumberedNext,
  at: Token,
  records: readonly Json[],
): { readonly read: number; readonly step: number; readonly last?: string } {
  const { length } = records;
  if (next.kind === 'page') return { read: at.read + length, step: 1 };
  const read = at.number - firstOf(next) + length;
  // With a single record the next request would be the same.
  return length > 1
    ? { read, step: length - 1, last: recordMark(records.at(-1) ?? null) }
    : { read, step: length };
}

/** Whether a page is the last one, if the number or the total tells. */
function isEnd(
  { stop }: RestSpec,
  next: NumberedNext,
  page: {
    readonly number: number;
    readonly fresh: number;
    readonly read: number;
    readonly total: number | undefined;
  },
): boolean | undefined {
  if (stop.on === 'empty-page') return page.fresh === 0;
  if (page.total === undefined) return undefined;
  return stop.on === 'total' ? page.read >= page.total : page.number - firstOf(next) + 1 >= page.total;
}

function compileTotal(spec: RestSpec): (body: Json) => number | undefined {
  const { stop } = spec;
  if (stop.on !== 'total' && stop.on !== 'last-page') return () => undefined;
  const totalAt = named('stop.path', () => compileAnswerPath(stop.path));
  return (body) => {
    const total = totalAt(body);
    const isText = typeof total === 'string' || typeof total === 'number';
    if (isText && /^\d{1,15}$/.test(String(total))) return Number(total);
    throw broken(spec, `there is no number at ${stop.path}`, 'stop.path');
  };
}

function broken({ path }: RestSpec, because: string, member: string): ContractError {
  return new ContractError(
    `reading the answer of ${path}: ${because}. Its records are delivered. Compare \`${member}\` with the vendor’s documentation.`,
  );
}
