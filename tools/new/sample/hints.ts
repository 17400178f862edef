import type { Json } from '../../../shared/contract/json';
import { isObject } from '../../../shared/values/json-path';
import { pathOf } from './members';
import type { Sample } from './sample';
import { plain } from '../names';

const CURSOR_NAMES = (
  'nextcursor cursor nextpagetoken nexttoken pagetoken nextoffset nextmarker continuationtoken continuation ' +
  'endcursor nextpagekey nextkey skiptoken scrollid marker after nextpage next'
).split(' ');
const ADDRESS_NAMES =
  'nextlink next nexturl nexturi nextpageurl nextpagelink nextpage odatanextlink href'.split(' ');
const MORE_NAMES =
  'hasmore more hasnext hasnextpage istruncated hasmoreitems morerecords moreavailable'.split(' ');

const TOTAL_NAMES = 'totalcount total totalresults totalrecords totalitems totalelements'.split(' ');
const PAGES_NAMES = 'totalpages pagecount pages lastpage numpages'.split(' ');

/** Members beside a sample's records that look like paging. */
export interface Hints {
  /** The path to a token, and the parameter that sends it back. */
  readonly cursor?: { readonly from: string; readonly join?: string; readonly parameter: string };
  /** The path to the address of the next page. */
  readonly address?: string;
  /** The path to a boolean that is true if there are more pages. */
  readonly more?: string;
  /** The path to the number of all records. */
  readonly total?: string;
  /** The path to the number of all pages. */
  readonly pages?: string;
}

interface Place {
  readonly names: readonly string[];
  readonly value: Json;
}

/** Searches beside the records, not inside of them. */
export function hintsOf({ body, recordsPath }: Sample): Hints {
  const places = beside(body, [], recordsPath);
  const cursor = first(places.filter(isToken), CURSOR_NAMES);
  const address = first(places.filter(isAddress), ADDRESS_NAMES);
  const more = first(
    places.filter(({ value }) => typeof value === 'boolean'),
    MORE_NAMES,
  );
  const counts = places.filter(({ value }) => typeof value === 'number');
  const [total, pages] = [first(counts, TOTAL_NAMES), first(counts, PAGES_NAMES)];
  return {
    ...(total === undefined ? {} : { total: pathOf(total.names) }),
    ...(pages === undefined ? {} : { pages: pathOf(pages.names) }),
    ...(cursor === undefined ? {} : { cursor: cursorOf(cursor) }),
    ...(address === undefined ? {} : { address: pathOf(address.names) }),
    ...(more === undefined ? {} : { more: pathOf(more.names) }),
  };
}

function cursorOf({ names, value }: Place): NonNullable<Hints['cursor']> {
  const parameter = parameterOf(names.at(-1) ?? '');
  return Array.isArray(value)
    ? { from: pathOf(names), join: ',', parameter }
    : { from: pathOf(names), parameter };
}

/** The usual parameter for a member of this name: `next_cursor` is sent back as `cursor`. */
export function parameterOf(name: string): string {
  return /^next_?(?:cursor|page_?token|page_?key)$/i.test(name)
    ? name.replace(/^next_?([A-Za-z])/i, (_, letter: string) => letter.toLowerCase())
    : name;
}

/** A token is not an address. */
function isToken({ value }: Place): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((each) => typeof each !== 'object');
  if (typeof value === 'string') return value !== '' && !URL.canParse(value) && !value.startsWith('/');
  return value === null || typeof value === 'number';
}

function isAddress({ value }: Place): boolean {
  return typeof value === 'string' && /^(?:https?:\/)?\//.test(value);
}

function beside(value: Json, names: readonly string[], recordsPath: string): Place[] {
  if (pathOf(names) === recordsPath) return [];
  if (!isObject(value)) return [{ names, value }];
  return Object.keys(value)
    .filter((name) => name !== '' && !/['\\]/.test(name))
    .flatMap((name) => beside(value[name] ?? null, [...names, name], recordsPath));
}

function first(places: readonly Place[], preferred: readonly string[]): Place | undefined {
  const rank = ({ names }: Place): number => preferred.indexOf(plain(names.at(-1) ?? ''));
  return places.filter((place) => rank(place) >= 0).sort((a, b) => rank(a) - rank(b))[0];
}
