import type { SettingValues } from '../contract/connector';
import { ContractError } from '../contract/errors';
import type { HttpRequest } from '../contract/http';
import type { Json } from '../contract/json';
import type { RestParameter, RestSpec, UnsignedRequest } from '../contract/rest';
import { stringifyJson } from './json';
import { isKept, type ReadPosition } from './rest-position';
import { writeTime } from './rest-time';

/** For whom and when a request is made. */
export interface RequestOptions {
  /** What `{partition}` in the path stands for, too. */
  readonly settings: SettingValues;
  readonly now: Date;
}

/**
 * Builds the request for one page. A next link replaces the path and the query; a cursor sent alone replaces
 * query, body and both times; any other cursor is sent beside them.
 * @throws ContractError when the declaration names a setting that the connector does not have
 */
export function buildRequest(spec: RestSpec, options: RequestOptions, at: ReadPosition): HttpRequest {
  const { query, body } = parametersOf(spec, at);
  const hasBody = spec.method === 'POST' && Object.keys(body).length > 0;
  const path =
    spec.next.kind === 'link' && at.token !== undefined ? at.token : expandPath(spec, options.settings);
  const request = {
    method: spec.method ?? 'GET',
    url: baseAddress(spec, options.settings) + path,
    ...(Object.keys(query).length > 0 ? { query } : {}),
    ...(hasBody ? { body: stringifyJson(body) } : {}),
  };
  return {
    ...request,
    headers: {
      accept: 'application/json',
      ...lowerCased(spec.headers ?? {}),
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...authHeaders(spec, options, request),
    },
    // A POST that asks changes nothing at the vendor.
    repeatable: true,
  };
}

interface Parameters {
  readonly query: Record<string, string | number | boolean>;
  readonly body: Record<string, Json>;
}

function parametersOf(spec: RestSpec, { token, since, until }: ReadPosition): Parameters {
  const { next } = spec;
  const goesOn = token !== undefined;
  const query: Parameters['query'] = goesOn && !isKept(spec, 'query') ? {} : { ...spec.query };
  const body: Parameters['body'] = goesOn && !isKept(spec, 'body') ? {} : { ...spec.body };
  const put = (parameter: RestParameter, value: string | number): void => {
    if (parameter.in === 'body') body[parameter.name] = value;
    else query[parameter.name] = value;
  };
  const times = [[spec.since, since] as const, [spec.until, until] as const];
  for (const [parameter, time] of times) {
    if (parameter === undefined || time === undefined) continue;
    if (!goesOn || isKept(spec, parameter.in)) put(parameter, writeTime(time, parameter));
  }
  if (goesOn && next.kind === 'cursor') put(next.send, token);
  return { query, body };
}

/** The base address of a source, without a slash at its end. */
export function baseAddress(spec: RestSpec, settings: SettingValues): string {
  return valueOf(settings, spec.base, 'base').replace(/\/+$/, '');
}

/** The place in a path that stands for no setting. */
export const PARTITION = 'partition';
const PLACE = /\{([A-Za-z]\w*)\}/g;

/** The settings that a path has places for. */
export function settingsInPath(path: string): readonly string[] {
  return [...path.matchAll(PLACE)].map(([, name = '']) => name);
}

/** The path of a source, each setting in its place, encoded as one segment. */
export function expandPath({ path }: RestSpec, settings: SettingValues): string {
  return path.replace(PLACE, (_, name: string) => encodeURIComponent(valueOf(settings, name, 'path')));
}

function authHeaders(
  { auth }: RestSpec,
  { settings, now }: RequestOptions,
  request: HttpRequest,
): Readonly<Record<string, string>> {
  if (auth === undefined) return {};
  if (auth.kind === 'signature') {
    const values = auth.settings.map((name) => [name, valueOf(settings, name, 'auth.settings')] as const);
    return lowerCased(auth.sign(unsigned(request, now), Object.fromEntries(values)));
  }
  const value = valueOf(settings, auth.setting, 'auth.setting');
  return auth.kind === 'bearer'
    ? { authorization: `Bearer ${value}` }
    : { [auth.header.toLowerCase()]: `${auth.prefix ?? ''}${value}` };
}

function unsigned({ method = 'GET', url, query = {}, body }: HttpRequest, at: Date): UnsignedRequest {
  const address = new URL(url);
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, String(value));
  const { host, pathname: path, searchParams } = address;
  return { method, host, path, query: [...searchParams], body: typeof body === 'string' ? body : '', at };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function valueOf(settings: SettingValues, name: string, member: string): string {
  const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (value !== undefined) return value;
  throw new ContractError(
    `building a request: ${member} names the setting ${name}, which the connector does not declare. Declare it or name another.`,
  );
}
