import type { Json, JsonObject } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import type { RestDetails } from '../../../shared/contract/rest-steps';
import type { Refusal, VendorRequest } from '../../../shared/contract/simulator';
import { parseJson, stringifyJson } from '../../../shared/values/json/json';
import { compilePath, isObject, listPath } from '../../../shared/values/json-path';
import { checkRequest } from '../requests/checks';
import type { Written } from '../requests/reply';
import type { Feed } from './feed';
import { pathValues } from './paths';
import { successWriter } from './page';
import { namesOfPath, withValueAt } from './write-at-path';

/** The endpoint of a vendor that gives the records of some ids. */
export interface DetailsEndpoint {
  hasPath(path: string): boolean;
  /** The answer of a correct request, or the refusal. */
  ask(request: VendorRequest): { write(): Written } | Refusal;
}

/** Derives the endpoint from a declaration. @param envelope an answer of it: each answer has its members beside the records */
export function simulateDetails(
  spec: RestSpec,
  details: RestDetails,
  { envelope, feed, settings }: { envelope: Json; feed: Feed; settings: VendorRequest['settings'] },
): DetailsEndpoint {
  const asCursor = specOfDetails(spec, details);
  const idAt = compilePath(details.recordId);
  const recordsPlace = namesOfPath(listPath(details.records));
  const toGood = successWriter(spec.success);
  return {
    hasPath: (path) => pathValues(asCursor, { path, settings }) !== undefined,
    ask(request) {
      const asked = checkRequest(asCursor, { ...request, body: joinedIds(request.body, details) });
      if ('status' in asked) return asked;
      if (asked.token === undefined) return { status: 400, because: 'the request names no ids' };
      const ids = new Set(asked.token.split(','));
      if (ids.size > details.batch)
        return {
          status: 400,
          because: `the request names ${ids.size} ids, and at most ${details.batch} are declared`,
        };
      const records = feed().flatMap(({ record }) => (ids.has(textOf(idAt(record))) ? [record] : []));
      const body = stringifyJson(toGood(withValueAt(envelope, recordsPlace, records)));
      return { write: () => ({ headers: {}, body }) };
    },
  };
}

/** What the list has in the place of a record. */
export function listItem({ id = '$', recordId }: RestDetails): (record: Json) => Json {
  const idAt = compilePath(recordId);
  const place = namesOfPath(id);
  return (record) => withValueAt({}, place, idAt(record) ?? null);
}

/** The request for details as one for a later page, whose cursor is the ids. */
function specOfDetails(spec: RestSpec, { body, headers, method, path, query }: RestDetails): RestSpec {
  const { details: _, until: __, window: ___, ...list } = spec;
  const renamed = (json: Json): Json => {
    if (typeof json === 'string') return json.replaceAll(/\{ids?\}/g, '{cursor}');
    if (Array.isArray(json)) return json.map((each: Json) => renamed(each));
    if (!isObject(json)) return json;
    return Object.fromEntries(Object.entries(json).map(([name, each]) => [name, renamed(each)]));
  };
  return {
    ...list,
    path: renamed(path) as string,
    method: method ?? 'GET',
    headers: { ...spec.headers, ...(renamed(headers ?? {}) as Record<string, string>) },
    query: renamed(query ?? {}) as NonNullable<RestSpec['query']>,
    body: renamed(body ?? {}) as JsonObject,
    next: { kind: 'cursor', from: 'cursor' },
    resume: 'cursor',
    since: {},
  };
}

/** An id as it stands in a joined list. */
function textOf(id: Json | undefined): string {
  return typeof id === 'string' ? id : stringifyJson(id ?? null);
}

/** A body with its array of ids as one text. */
function joinedIds(body: string, details: RestDetails): string {
  const joined = (declared: Json | undefined, sent: Json): Json => {
    if (declared === '{ids}' && Array.isArray(sent)) return sent.map(textOf).join();
    if (!isObject(declared) || !isObject(sent)) return sent;
    return Object.fromEntries(
      Object.entries(sent).map(([name, each]) => [name, joined(declared[name], each)]),
    );
  };
  try {
    return stringifyJson(joined(details.body, parseJson(body)));
  } catch {
    // A form, or what the checks of a request refuse.
    return body;
  }
}
