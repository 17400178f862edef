import type { SettingValues } from '../../contract/connector';
import { ContractError } from '../../contract/errors';
import type { HttpRequest } from '../../contract/http';
import type { Json, JsonObject } from '../../contract/json';
import type { RestSpec } from '../../contract/rest';
import { stringifyJson } from '../../values/json/json';
import { pagingOf } from './paging/paging-of';
import type { ReadPosition } from './read-position';
import type { RequestTexts } from './paging/paging';
import { laterTexts, requestTexts } from './request-texts';
import { writeSince, writeUntil } from './time-format';
import { fillJson, fillText, namesIn, type ValueOf } from '../template';
import { withoutEndSlashes } from '../define-connector';

/**
 * Builds the request for one page. A next link replaces the path and the query. A cursor sent alone replaces all members of
 * query and body that do not hold it; any other cursor is sent in addition. The request has no credential yet.
 * @param settings also with the value of `{partition}`
 * @throws ContractError when the declaration names a setting that the connector does not have
 */
export function buildRequest(
  spec: RestSpec,
  settings: SettingValues,
  at: ReadPosition,
  now: Date,
): HttpRequest {
  const texts = at.token === undefined ? requestTexts(spec) : laterTexts(spec);
  const read = (member: string): ValueOf => valuesFor(spec, { settings, now }, at, member);
  return composeRequest(spec, texts, read, settings, addressOf(spec, at));
}

/**
 * Composes a request that only reads from its texts, without a credential.
 * @param link replaces the path
 * @throws ContractError when a path would lead to another address
 */
export function composeRequest(
  spec: Pick<RestSpec, 'base' | 'format' | 'method'>,
  texts: RequestTexts,
  valueOf: (member: string) => ValueOf,
  settings: SettingValues,
  link?: string,
): HttpRequest & { readonly url: string } {
  const query = filled(texts.query, valueOf('query'));
  const body = filled(texts.body, valueOf('body'));
  const hasBody = spec.method === 'POST' && Object.keys(body).length > 0;
  const path = link ?? fillPath(texts.path, valueOf('path'));
  const headers = fillHeaders(texts.headers, valueOf('headers'));
  const request = {
    method: spec.method ?? 'GET',
    url: baseAddress(spec, settings) + path,
    ...(Object.keys(query).length > 0 ? { query: query as NonNullable<HttpRequest['query']> } : {}),
    ...(hasBody ? { body: writeBody(body, headers['content-type']) } : {}),
  };
  return {
    ...request,
    headers: {
      accept: acceptOf(spec),
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    // A POST of a declaration only reads, and may be retried.
    repeatable: true,
  };
}

/** The address of a later page, if its token is one. */
function addressOf(spec: RestSpec, { token }: ReadPosition): string | undefined {
  return token === undefined ? undefined : pagingOf(spec).addressOf(token);
}

/** Some vendors serve a file under another type than its own. */
function acceptOf({ format }: Pick<RestSpec, 'format'>): string {
  if (format === undefined) return 'application/json';
  return format === 'ndjson' ? 'application/x-ndjson, */*;q=0.5' : 'text/csv, */*;q=0.5';
}

/** The values of a request, by placeholder. */
function valuesFor(
  spec: RestSpec,
  { now, settings }: { readonly now: Date; readonly settings: SettingValues },
  { since, token, until }: ReadPosition,
  member: string,
): ValueOf {
  return (name) => {
    if (name === 'since') return writeSince(spec, since, now);
    if (name === 'until') return until === undefined ? undefined : writeUntil(spec, until);
    if (name === 'cursor' || name === 'cursorEnd') return pagingOf(spec).valueOf(name, token);
    return valueOf(settings, name, member);
  };
}

/** A single value as text: a number in its digits. */
function toText(value: Json): string {
  return typeof value === 'string' ? value : stringifyJson(value);
}

function filled(json: JsonObject, valueOf: ValueOf): JsonObject {
  return (fillJson(json, valueOf) ?? {}) as JsonObject;
}

/** True if the declared content type makes the body a form. */
export function isForm(contentType: string | undefined): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(contentType ?? '');
}

/** True if the declared headers make the body a form. */
export function sendsForm({ headers }: Pick<RequestTexts, 'headers'>): boolean {
  return Object.entries(headers).some(
    ([name, text]) => name.toLowerCase() === 'content-type' && isForm(text),
  );
}

/** Writes a form or, under any other content type, JSON. */
function writeBody(body: JsonObject, contentType: string | undefined): string {
  if (!isForm(contentType)) return stringifyJson(body);
  const fields = Object.entries(body).map(([name, value]): [string, string] => [name, toText(value)]);
  return new URLSearchParams(fields).toString();
}

/** The base address of a source, without a slash at its end. */
export function baseAddress(spec: Pick<RestSpec, 'base'>, settings: SettingValues): string {
  return withoutEndSlashes(valueOf(settings, spec.base, 'base'));
}

/**
 * Fills in a path. A value is encoded as part of one segment; a segment without its value is left out.
 * @throws ContractError for a value of `.` or `..`, which leads to another address
 */
export function fillPath(path: string, valueOf: ValueOf): string {
  const segments = path.split('/').flatMap((segment) => {
    const text = fillText(segment, valueOf, encodeURIComponent);
    if (text === undefined) return [];
    if (segment === text || !/^\.{1,2}$/.test(String(text))) return [String(text)];
    throw new ContractError(
      `building a request: in the path ${path}, ${segment} is ${text}, which leads to another address. Give it a value that is a name.`,
    );
  });
  return segments.join('/');
}

/** Trims the blank that an unset setting leaves at either end of a header. @see RFC 9110, section 5.5 */
function fillHeaders(headers: Readonly<Record<string, string>>, valueOf: ValueOf): Record<string, string> {
  const trimmed = Object.entries(filled(headers, valueOf)).map(([name, value]) => {
    const hasGap = namesIn(headers[name] ?? '').some((each) => valueOf(each) === '');
    return [name, hasGap ? toText(value).trim() : value] as const;
  });
  return lowerCased(Object.fromEntries(trimmed));
}

function lowerCased(headers: Readonly<Record<string, Json>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), toText(value)]),
  );
}

/** The value of a setting. @throws ContractError when the connector does not declare it; `member` is in the message */
export function valueOf(settings: SettingValues, name: string, member: string): string {
  const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (value !== undefined) return value;
  throw new ContractError(
    `building a request: ${member} names the setting ${name}, which the connector does not declare. Declare it or name another.`,
  );
}
