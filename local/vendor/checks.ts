import type { Json } from '../../shared/contract/json';
import type { RestAuth, RestParameter, RestSpec, RestTime } from '../../shared/contract/rest';
import type { Refusal, VendorRequest } from '../../shared/contract/simulator';
import { parseJson, stringifyJson } from '../../shared/kit/json';
import { isObject } from '../../shared/kit/paths';
import { readTime } from './times';

/** The name of the query parameter in which a simulated next link carries its token. */
export const LINK_TOKEN = 'after';

/** What a right request asks for: from when to when, or from where. */
export type Asked = { readonly sinceMs: number; readonly untilMs: number } | { readonly token: string };

type Place = 'query' | 'body';
type Values = Readonly<Record<string, Json>>;

/** Checks everything that a declaration says of a request: method, credential, headers, content type, each parameter. */
export function checkRequest(spec: RestSpec, request: VendorRequest): Asked | Refusal {
  const refusal = checkHead(spec, request);
  if (refusal !== undefined) return refusal;
  const body = readBody(request);
  if ('status' in body) return body;
  const given = { query: request.query as Values, body: body.values };
  const sent = tokenParameter(spec);
  const token = sent === undefined ? undefined : given[sent.in][sent.name];
  const goesOn = token !== undefined;
  const until = endAsked(spec, given);
  const expected = expectedOf(spec, goesOn, until);
  for (const place of ['query', 'body'] as const) {
    const problem = compare(place, expected[place], given[place]);
    if (problem !== undefined) return refuse(400, problem);
  }
  const times = checkTimes(spec, goesOn, given, until, request.now);
  if (typeof times === 'string') return refuse(400, times);
  if (!goesOn) return times;
  return typeof token === 'string' ? { token } : refuse(400, `${sent?.name ?? ''} is no text`);
}

/** All but the parameters. */
function checkHead(spec: RestSpec, request: VendorRequest): Refusal | undefined {
  const method = spec.method ?? 'GET';
  if (request.method !== method) return refuse(405, `the method is ${request.method}, not ${method}`);
  if (!hasCredential(spec.auth, request)) return refuse(401, 'the credential is missing or wrong');
  const names = Object.keys(spec.headers ?? {});
  const lacking = names.find((name) => request.headers[name.toLowerCase()] !== spec.headers?.[name]);
  return lacking === undefined ? undefined : refuse(400, `the header ${lacking} is not as declared`);
}

function refuse(status: number, because: string): Refusal {
  return { status, because };
}

function hasCredential(auth: RestAuth | undefined, { headers, settings }: VendorRequest): boolean {
  // A signature is the folder's own affair: see its `simulator.ts`.
  if (auth === undefined || auth.kind === 'signature') return true;
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

/** The end, where a request must say one: of a vendor that is asked by cursor only a range of its past has one. */
function endAsked({ resume, until }: RestSpec, given: Readonly<Record<Place, Values>>): RestTime | undefined {
  const isAsked = resume === 'time' || (until !== undefined && Object.hasOwn(given[until.in], until.name));
  return isAsked ? until : undefined;
}

function tokenParameter({ next }: RestSpec): RestParameter | undefined {
  if (next.kind === 'time') return undefined;
  return next.kind === 'cursor' ? next.send : { in: 'query', name: LINK_TOKEN };
}

/** True where a request says a time: always in the first one of a read, later unless what replaces it does not. */
function saysTime({ next }: RestSpec, goesOn: boolean, parameter: RestTime): boolean {
  if (!goesOn) return true;
  return next.kind === 'link' ? parameter.in === 'body' : !(next.kind === 'cursor' && next.alone === true);
}

/** Every parameter that must be there; `undefined` where its value is checked elsewhere. */
function expectedOf(
  spec: RestSpec,
  goesOn: boolean,
  until: RestTime | undefined,
): Record<Place, Record<string, Json | undefined>> {
  const { next, since } = spec;
  const alone = goesOn && next.kind === 'cursor' && next.alone === true;
  const expected: Record<Place, Record<string, Json | undefined>> = {
    query: alone ? {} : { ...spec.query },
    body: alone ? {} : { ...spec.body },
  };
  for (const parameter of [since, until]) {
    if (parameter !== undefined && saysTime(spec, goesOn, parameter))
      expected[parameter.in][parameter.name] = undefined;
  }
  const sent = tokenParameter(spec);
  if (goesOn && sent !== undefined) expected[sent.in][sent.name] = undefined;
  return expected;
}

function compare(
  place: Place,
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

/** Reads both ends of what is asked for; or says what is wrong with them. */
function checkTimes(
  spec: RestSpec,
  goesOn: boolean,
  given: Readonly<Record<Place, Values>>,
  until: RestTime | undefined,
  now: Date | undefined,
): { readonly sinceMs: number; readonly untilMs: number } | string {
  const read = (parameter: RestTime | undefined, otherwise: number): number | string =>
    parameter === undefined || !saysTime(spec, goesOn, parameter)
      ? otherwise
      : readTime(given[parameter.in][parameter.name], parameter);
  const sinceMs = read(spec.since, Number.NEGATIVE_INFINITY);
  const untilMs = read(until, Number.POSITIVE_INFINITY);
  if (typeof sinceMs === 'string') return sinceMs;
  if (typeof untilMs === 'string') return untilMs;
  return rangeProblem(spec, until?.name ?? '', [sinceMs, untilMs], now) ?? { sinceMs, untilMs };
}

/** What is wrong with a range that has an end. */
function rangeProblem(
  { since, window }: RestSpec,
  end: string,
  [sinceMs, untilMs]: readonly [number, number],
  now: Date | undefined,
): string | undefined {
  if (sinceMs >= untilMs) return `${since.name} is not before ${end}`;
  if (!Number.isFinite(untilMs) || !Number.isFinite(sinceMs) || window === undefined) return undefined;
  const isEarly = now !== undefined && untilMs > now.getTime() - window.lag.minMs;
  if (isEarly) return `${end} is later than the declared lag allows`;
  const isLong = untilMs - sinceMs > (window.maxMs ?? Number.POSITIVE_INFINITY);
  return isLong ? `${since.name} and ${end} are further apart than declared` : undefined;
}
