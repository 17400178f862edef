import { ContractError } from '../../../contract/errors';
import type { Json, JsonObject } from '../../../contract/json';
import type { RestNext, RestSpec } from '../../../contract/rest';
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
    valueOf: (_, token) => token,
    laterTexts: (texts) =>
      next.alone === true
        ? { ...texts, query: onlyCursor(texts.query), body: onlyCursor(texts.body) }
        : texts,
    placeOf: (token) => ({ token }),
    compile() {
      const moreOf = compileCursor(spec, next, 'from');
      const keptOf = next.last === undefined ? undefined : compileCursor(spec, next, 'last');
      return (answer) => {
        const more = moreOf(answer);
        return { more, kept: more === undefined ? keptOf?.(answer) : undefined };
      };
    },
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
  { join, ...next }: CursorNext,
  member: 'from' | 'last',
): (answer: PageAnswer) => string | undefined {
  const from = next[member] ?? next.from;
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
