import type { SettingValues } from '../contract/connector';
import { ContractError } from '../contract/errors';
import type { HttpRequest } from '../contract/http';
import type { Json } from '../contract/json';
import type { RestParameter, RestSpec } from '../contract/rest';
import { stringifyJson } from './json';
import { repeatsSince, type ReadPosition } from './rest-position';

/**
 * Builds the request for one page. A next link replaces the path and the query; a cursor sent alone replaces
 * query, body and `since`; any other cursor is sent beside them.
 * @throws ContractError when the declaration names a setting that the connector does not have
 */
export function buildRequest(spec: RestSpec, settings: SettingValues, at: ReadPosition): HttpRequest {
  const { query, body } = parametersOf(spec, at);
  const hasBody = spec.method === 'POST' && Object.keys(body).length > 0;
  const path = spec.next.kind === 'link' ? (at.token ?? spec.path) : spec.path;
  return {
    method: spec.method ?? 'GET',
    url: baseAddress(spec, settings) + path,
    ...(Object.keys(query).length > 0 ? { query } : {}),
    headers: {
      accept: 'application/json',
      ...lowerCased(spec.headers ?? {}),
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...authHeaders(spec, settings),
    },
    ...(hasBody ? { body: stringifyJson(body) } : {}),
    // A POST that asks changes nothing at the vendor.
    repeatable: true,
  };
}

interface Parameters {
  readonly query: Record<string, string | number | boolean>;
  readonly body: Record<string, Json>;
}

function parametersOf(spec: RestSpec, { token, since }: ReadPosition): Parameters {
  const { next } = spec;
  const goesOn = token !== undefined;
  const isReplaced = goesOn && next.kind === 'link';
  const isAlone = goesOn && next.kind === 'cursor' && next.alone === true;
  const query: Parameters['query'] = isReplaced || isAlone ? {} : { ...spec.query };
  const body: Parameters['body'] = isAlone ? {} : { ...spec.body };
  const put = (parameter: RestParameter, value: string): void => {
    if (parameter.in === 'body') body[parameter.name] = value;
    else query[parameter.name] = value;
  };
  if (!goesOn || repeatsSince(spec)) put(spec.since, since);
  if (goesOn && next.kind === 'cursor') put(next.send, token);
  return { query, body };
}

/** The base address of a source, without a slash at its end. */
export function baseAddress(spec: RestSpec, settings: SettingValues): string {
  return valueOf(settings, spec.base, 'base').replace(/\/+$/, '');
}

function authHeaders({ auth }: RestSpec, settings: SettingValues): Record<string, string> {
  if (auth === undefined) return {};
  const value = valueOf(settings, auth.setting, 'auth.setting');
  return auth.kind === 'bearer'
    ? { authorization: `Bearer ${value}` }
    : { [auth.header.toLowerCase()]: `${auth.prefix ?? ''}${value}` };
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
