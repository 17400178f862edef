import type { Json } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import { stringifyJson } from '../../../shared/values/json/json';
import { listPath } from '../../../shared/values/json-path';
import { linkQuery, LINK_TOKEN } from '../requests/checks';
import { writeBody } from './body-format';
import { namesOfPath, withValueAt } from './write-at-path';
import type { Written } from '../requests/reply';

/** The content of a page before it is written as a body. */
export interface PageContent {
  readonly records: readonly Json[];
  /** More records as JSON text, which come first. */
  readonly raw?: readonly string[];
  readonly token: string;
  readonly more: boolean;
  /** The number of all records of the read. */
  readonly total: number;
  /** True: the read ends, so its last page names no next one, even if the vendor usually does. */
  readonly bounded: boolean;
}

/**
 * Writes pages as a declaration reads them: the members that a fixture page has beside its records, the records,
 * and what says how to go on. A next link or a cursor is named where a next page is: always, for a vendor whose
 * last one is kept.
 * @throws ContractError when a path of the declaration is none to write at
 */
export function pageWriter(
  spec: RestSpec,
  envelope: Json,
  pageSize = 1,
): (
  content: PageContent,
  self: { readonly origin: string; readonly base: string; readonly path: string; readonly url: string },
) => Written {
  const recordsPlace = namesOfPath(listPath(spec.records));
  const { next } = spec;
  const nameNext = nextWriter(spec);
  const state = stateWriter(spec, pageSize);
  const marks = 'simulated-record-';
  return ({ records, raw = [], token, total, more, bounded }, { origin, base, path, url }) => {
    const named = more || (spec.resume === 'cursor' && !bounded);
    let body = withValueAt(envelope, recordsPlace, [...raw.map((_, i) => `${marks}${i}`), ...records]);
    const query = new URLSearchParams([...keptOf(spec, url), [LINK_TOKEN, token]]);
    const address = `${base}${path}?${query.toString()}`;
    body = nameNext(body, named ? (next.kind === 'link' ? address : cursorOf(spec, token)) : null, more);
    body = state(body, { more, total });
    const { text, type } = writeBody(body, spec.format, envelope);
    const marked = raw.reduce((all, record, i) => all.replace(`"${marks}${i}"`, () => record), text);
    const headers = nextHeaders(spec, named ? token : undefined, { address, self: `${origin}${url}` });
    return { body: marked, headers: { 'content-type': type, ...headers } };
  };
}

/** Writes what an answer says of itself: that it is good, whether there is more, how many records or pages there are. */
function stateWriter(
  { stop, success }: RestSpec,
  pageSize: number,
): (body: Json, page: Pick<PageContent, 'more' | 'total'>) => Json {
  const toGood = successWriter(success);
  const stopPlace = 'path' in stop ? namesOfPath(stop.path) : undefined;
  const stopValue = ({ more, total }: Pick<PageContent, 'more' | 'total'>): Json => {
    if (stop.on === 'unless') return more;
    return stop.on === 'total' ? total : Math.ceil(total / pageSize);
  };
  return (body, page) => {
    const good = toGood(body);
    return stopPlace === undefined ? good : withValueAt(good, stopPlace, stopValue(page));
  };
}

/** The headers that name the next page. */
function nextHeaders(
  spec: RestSpec,
  token: string | undefined,
  { address, self }: { readonly address: string; readonly self: string },
): Written['headers'] {
  const { next } = spec;
  if (next.kind === 'cursor' && next.header !== undefined)
    return token === undefined ? {} : { [next.header]: cursorOf(spec, token) as string };
  const rel = next.kind === 'link' && next.from === undefined ? (next.rel ?? 'next') : '';
  const link = `<${address}>; rel="${rel}"`;
  const links = rel === '' ? [] : [`<${self}>; rel="self"`, ...(token === undefined ? [] : [link])];
  return { link: links };
}

/** Writes that an answer is good, for a vendor that says so. */
export function successWriter(success: RestSpec['success']): (body: Json) => Json {
  if (success === undefined) return (body) => body;
  const place = namesOfPath(success.from);
  return (body) => withValueAt(body, place, success.is[0] ?? true);
}

/** Writes the next link or cursor into a body. Without a next page, it is the one that the reader keeps. */
function nextWriter({ next }: RestSpec): (body: Json, value: Json, more: boolean) => Json {
  if ((next.kind !== 'link' && next.kind !== 'cursor') || next.from === undefined) return (body) => body;
  const from = namesOfPath(listPath(next.from));
  const last = next.last === undefined ? from : namesOfPath(listPath(next.last));
  return (body, value, more) => {
    const none = withValueAt(withValueAt(body, from, null), last, null);
    return withValueAt(none, more ? from : last, value);
  };
}

/** A cursor as the answer contains it. A cursor of several values is cut in two. */
function cursorOf({ next }: RestSpec, token: string): Json {
  if (next.kind === 'cursor' && next.json === true) return stringifyJson([token]);
  if (next.kind !== 'cursor' || next.join === undefined) return token;
  const at = token.indexOf('_');
  return [token.slice(0, at), token.slice(at + 1)];
}

/** The token of a request, as it was issued. */
export function tokenFrom({ next }: RestSpec, sent: string): string {
  if (next.kind !== 'cursor') return sent;
  if (next.json === true) return /^\["(.*)"\]$/.exec(sent)?.[1] ?? '';
  return next.join === undefined ? sent : sent.replace(next.join, '_');
}

/** The parameters of the request that a next link repeats. */
function keptOf(spec: RestSpec, url: string): [string, string][] {
  const names = Object.keys(linkQuery(spec));
  return [...new URL(url, 'http://localhost').searchParams].filter(([name]) => names.includes(name));
}
