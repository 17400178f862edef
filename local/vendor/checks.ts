import type { Json } from '../../shared/contract/json';
import type { RestAuth, RestParameter, RestSpec } from '../../shared/contract/rest';
import { parseJson, stringifyJson } from '../../shared/kit/json';
import { isObject } from '../../shared/kit/paths';
import type { Refusal, VendorRequest } from './rules';

/** The name of the query parameter in which a simulated next link carries its token. */
export const LINK_TOKEN = 'after';

/** What a right request asks for: from when, or from where. */
export type Asked = { readonly sinceMs: number } | { readonly token: string };

type Values = Readonly<Record<string, Json>>;

const ISO_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

/** Checks everything that a declaration says of a request: method, credential, content type, each parameter. */
export function checkRequest(
  spec: RestSpec,
  settings: Readonly<Record<string, string>>,
  request: VendorRequest,
): Asked | Refusal {
  const method = spec.method ?? 'GET';
  if (request.method !== method) return refuse(405, `the method is ${request.method}, not ${method}`);
  if (!hasCredential(spec.auth, settings, request)) return refuse(401, 'the credential is missing or wrong');
  const body = readBody(request);
  if ('status' in body) return body;
  const given = { query: request.query as Values, body: body.values };
  const sent = spec.next.kind === 'cursor' ? spec.next.send : { in: 'query' as const, name: LINK_TOKEN };
  const token = given[sent.in][sent.name];
  const expected = expectedOf(spec, sent, token !== undefined);
  for (const place of ['query', 'body'] as const) {
    const problem = compare(place, expected[place], given[place]);
    if (problem !== undefined) return refuse(400, problem);
  }
  if (token !== undefined)
    return typeof token === 'string' ? { token } : refuse(400, `${sent.name} is no text`);
  const since = given[spec.since.in][spec.since.name];
  const sinceMs = typeof since === 'string' && ISO_UTC.test(since) ? Date.parse(since) : Number.NaN;
  return Number.isNaN(sinceMs)
    ? refuse(400, `${spec.since.name} is no time of ISO 8601 in UTC`)
    : { sinceMs };
}

function refuse(status: number, because: string): Refusal {
  return { status, because };
}

function hasCredential(
  auth: RestAuth | undefined,
  settings: Readonly<Record<string, string>>,
  { headers }: VendorRequest,
): boolean {
  if (auth === undefined) return true;
  const value = settings[auth.setting] ?? '';
  return auth.kind === 'bearer'
    ? headers['authorization'] === `Bearer ${value}`
    : headers[auth.header.toLowerCase()] === `${auth.prefix ?? ''}${value}`;
}

function readBody({ method, headers, body }: VendorRequest): { readonly values: Values } | Refusal {
  if (body === '') return { values: {} };
  if (method === 'GET') return refuse(400, 'a GET has a body');
  const type = String(headers['content-type']);
  if (!/^application\/json\b/.test(type)) return refuse(415, `the content type is ${type}`);
  try {
    const values = parseJson(body);
    return isObject(values) ? { values } : refuse(400, 'the body is no JSON object');
  } catch {
    return refuse(400, 'the body is no JSON');
  }
}

/** Every parameter that must be there; `undefined` where any value will do. */
function expectedOf(
  spec: RestSpec,
  sent: RestParameter,
  goesOn: boolean,
): Record<'query' | 'body', Record<string, Json | undefined>> {
  const alone = goesOn && spec.next.kind === 'cursor' && spec.next.alone === true;
  const expected: Record<'query' | 'body', Record<string, Json | undefined>> = {
    query: alone ? {} : { ...spec.query },
    body: alone ? {} : { ...spec.body },
  };
  const linkReplacesIt = spec.next.kind === 'link' && spec.since.in === 'query';
  if (!goesOn || !(alone || linkReplacesIt)) expected[spec.since.in][spec.since.name] = undefined;
  if (goesOn) expected[sent.in][sent.name] = undefined;
  return expected;
}

function compare(
  place: 'query' | 'body',
  expected: Readonly<Record<string, Json | undefined>>,
  given: Values,
): string | undefined {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(expected, name));
  if (unknown !== undefined) return `the ${place} has ${unknown}, which is not known here`;
  for (const [name, value] of Object.entries(expected)) {
    if (!Object.hasOwn(given, name)) return `the ${place} lacks ${name}`;
    if (value !== undefined && textOf(value, place) !== textOf(given[name] as Json, place)) {
      return `the ${place} has another ${name} than declared`;
    }
  }
  return undefined;
}

/** A query holds text only; a body's types matter. */
function textOf(value: Json, place: string): string {
  return place === 'query' && typeof value === 'string' ? value : stringifyJson(value);
}
