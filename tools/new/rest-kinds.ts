import type { RestNext, RestStop, RestTimeFormat } from '../../shared/contract/rest';
import { FORMATS } from '../../shared/kit/rest/time-format';
import { compileTimePattern } from '../../shared/values/time-pattern';

/*
 * The kinds of `rest()`, in the words of vendors' documentation. Each record has every kind of the contract; a missing one does
 * not compile.
 */

export type PagingKind = RestNext['kind'];
export type StopKind = RestStop['on'];

export const PAGING_KINDS = {
  link: 'the answer’s Link header names the next page',
  cursor: 'the answer’s body holds a token for the next request',
  page: 'each request has the number of the page',
  offset: 'each request has the number of records to skip',
  none: 'no paging: one answer has all records of the range',
  time: 'no paging: the next request starts at the newest time of the page',
} as const satisfies Readonly<Record<PagingKind, string>>;

export const STOP_KINDS = {
  'no-next': 'the last answer names no next page',
  'empty-page': 'the vendor always names a next page; the last one has no records',
  unless: 'a boolean of the answer says whether there is more',
  'short-page': 'the last page has fewer records than a full one',
  total: 'the answer counts all records of the range',
  'last-page': 'the answer counts the pages',
} as const satisfies Readonly<Record<StopKind, string>>;

/**
 * The possible ends of a read, by kind of paging; the first is the default. A vendor with next links either omits the last
 * link, or always sends one until a page is empty: the number of records proves nothing.
 */
export const STOPS_OF = {
  link: ['no-next', 'empty-page', 'unless'],
  cursor: ['no-next', 'empty-page', 'unless', 'short-page'],
  page: ['short-page', 'empty-page', 'unless', 'total', 'last-page'],
  offset: ['short-page', 'empty-page', 'unless', 'total'],
  none: ['no-next'],
  time: ['short-page'],
} as const satisfies Readonly<Record<PagingKind, readonly [StopKind, ...StopKind[]]>>;

/**
 * Checks that a flag's value is one of the kinds.
 * @throws Error listing the kinds
 */
export function kindOf<K extends string>(flag: string, word: string, kinds: Readonly<Record<K, string>>): K {
  if (Object.hasOwn(kinds, word)) return word as K;
  throw new Error(`--${flag} ${word}: unknown kind. ${listOf(kinds)}`);
}

/** The kinds with their meanings, as one sentence. */
export function listOf(kinds: Readonly<Record<string, string>>): string {
  const each = Object.entries(kinds).map(([kind, meaning]) => `${kind} (${meaning})`);
  return `There are ${each.join(', ')}.`;
}

/** The formats of a time in a request, as `--time-format` takes them. */
export const TIME_FORMATS = `${FORMATS.join(', ')}, or a pattern such as "yyyy-MM-dd HH:mm:ss"`;

/**
 * Parses the format of a request's times.
 * @throws Error with the reason, if it is neither a name nor a pattern
 */
export function formatOf(words: string): RestTimeFormat {
  const named = FORMATS.find((format) => format === words);
  if (named !== undefined) return named;
  try {
    compileTimePattern(words);
  } catch (error) {
    throw new Error(`--time-format ${words}: ${(error as Error).message}. Write ${TIME_FORMATS}.`, {
      cause: error,
    });
  }
  return { pattern: words };
}

export type Order = 'oldest-first' | 'newest-first';

/** The orders in which a vendor may give its records. */
export const ORDERS = {
  'oldest-first': 'each record is as new as the one before, or newer',
  'newest-first': 'the first record is the newest',
} as const satisfies Readonly<Record<Order, string>>;
