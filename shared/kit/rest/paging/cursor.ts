import { ContractError } from '../../../contract/errors';
import type { Json, JsonObject } from '../../../contract/json';
import type { RestNext, RestSpec } from '../../../contract/rest';
import { parseJson } from '../../../values/json/json';
import { compileAnswerPath, compileAnswerQuery, listPath } from '../../../values/json-path';
import { namesIn, textsIn } from '../../template';
import { named } from '../checks/declaration-error';
import { NO_TOKEN, type PageAnswer, type Paging } from './paging';

type CursorNext = Extract<RestNext, { kind: 'cursor' }>;

/** Paging by a token of the answer. */
export function cursorPaging(spec: RestSpec, next: CursorNext): Paging {
  return {
    ...NO_TOKEN,
    isToken: (text) => text !== '',
    places: { 'next.send': [next.send, 'cursor'] },
    values: ['cursor'],
    valueOf: (_, token) => (token === undefined || next.json !== true ? token : parseJson(token)),
    laterTexts: (texts) =>
      next.alone === true
        ? { ...texts, query: onlyCursor(texts.query), body: onlyCursor(texts.body) }
        : texts,
    placeOf: (token) => ({ token }),
    compile() {
      const moreOf = checked(spec, next, compileToken(spec, next));
      const keptOf = next.last === undefined ? undefined : compileCursor(spec, next, 'last', next.last);
      return (answer) => {
        const more = moreOf(answer);
        // A page that ends with the id that was sent shows nothing behind it.
        const isSame = next.record !== undefined && more === answer.token;
        const kept = more === undefined ? keptOf?.(answer) : undefined;
        return { more, kept, repeats: isSame ? answer.records.length : 0 };
      };
    },
  };
}

type TokenOf = (answer: PageAnswer) => string | undefined;

function compileToken(spec: RestSpec, next: CursorNext): TokenOf {
  const { from, header, record } = next;
  if (header !== undefined) return ({ response }) => response.headers[header.toLowerCase()] || undefined;
  if (record !== undefined) return compileRecord(spec, record);
  return compileCursor(spec, next, 'from', from ?? '');
}

/** The member of the last record that has one. Records without it were delivered, and would be shown again behind it. */
function compileRecord({ path }: RestSpec, record: string): TokenOf {
  const idAt = named('next.record', () => compileAnswerPath(record));
  return ({ records, token }) => {
    if (records.length === 0) return token;
    for (let at = records.length - 1; at >= 0; at--) {
      const id = idAt(records[at] ?? null);
      if (isId(id)) return String(id);
    }
    throw new ContractError(
      `reading the answer of ${path}: no record has a text or a number at ${record}, by which the next page is requested. ` +
        'Compare `next` with the vendor’s documentation.',
    );
  };
}

function isId(value: Json | undefined): value is string | number | bigint {
  return (
    typeof value === 'number' || typeof value === 'bigint' || (typeof value === 'string' && value !== '')
  );
}

/** A token that is declared as JSON must be JSON before it becomes a position. */
function checked({ path }: RestSpec, { json }: CursorNext, tokenOf: TokenOf): TokenOf {
  if (json !== true) return tokenOf;
  return (answer) => {
    const token = tokenOf(answer);
    try {
      if (token !== undefined) parseJson(token);
      return token;
    } catch {
      throw new ContractError(
        `reading the answer of ${path}: the cursor is not JSON. Compare \`next.json\` with the vendor’s documentation.`,
      );
    }
  };
}

/** The members that hold the cursor. */
function onlyCursor(json: JsonObject): JsonObject {
  const holds = (each: Json): boolean =>
    textsIn(each, '').some(([, text]) => namesIn(text).includes('cursor'));
  return Object.fromEntries(Object.entries(json).filter(([, each]) => holds(each)));
}

function compileCursor(
  { path }: RestSpec,
  { join }: CursorNext,
  member: 'from' | 'last',
  from: string,
): TokenOf {
  const textOf = (cursor: Json): string => {
    if (typeof cursor !== 'object' && typeof cursor !== 'boolean') return String(cursor);
    throw new ContractError(
      `reading the answer of ${path}: the cursor at ${from} is neither text nor a number. ` +
        'Compare `next` with the vendor’s documentation.',
    );
  };
  if (join !== undefined) {
    const listAt = named(`next.${member}`, () => compileAnswerQuery(listPath(from)));
    // A single value in place of the list is a cursor too. Ignoring it would end the read.
    return ({ body }) => listAt(body).flatMap(elementsOf).map(textOf).join(join) || undefined;
  }
  const cursorAt = named(`next.${member}`, () => compileAnswerPath(from));
  return ({ body }) => textOf(cursorAt(body) ?? '') || undefined;
}

function elementsOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  return value === null ? [] : [value];
}
