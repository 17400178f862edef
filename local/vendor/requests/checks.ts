import type { Json, JsonObject } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import type { Refusal, VendorRequest } from '../../../shared/contract/simulator';
import { parseJson, stringifyJson } from '../../../shared/values/json/json';
import { isObject } from '../../../shared/values/json-path';
import { isForm } from '../../../shared/kit/rest/request';
import { isNumber } from '../../../shared/kit/rest/time-format';
import type { RequestTexts } from '../../../shared/kit/rest/paging/paging';
import { pagingOf } from '../../../shared/kit/rest/paging/paging-of';
import { laterTexts, requestTexts } from '../../../shared/kit/rest/request-texts';
import { namesIn } from '../../../shared/kit/template';
import {
  compare,
  leavesOf,
  pruned,
  type HasValue,
  type Leaves,
  type Placeholders,
  type RequestValue,
} from './compare-declared';
import { checkCredential, withoutCredential } from './credential';
import { readTime, type ReadTime } from './read-time';
import { isSetOrInserted, pathValues, readPath } from '../feed/paths';

/** The name of the query parameter in which a simulated next link carries its token. */
export const LINK_TOKEN = 'after';

interface Range {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What a correct request asks for: a time range, also from a page or a record of it, or a place. */
export type Asked = Range & {
  readonly token?: string;
  readonly number?: number;
  /** What it says for the placeholders. */
  readonly values: ReadonlyMap<string, RequestValue>;
};

/** Checks a request against its declaration: method, credential, path, headers, content type and each parameter. */
export function checkRequest(spec: RestSpec, received: VendorRequest): Asked | Refusal {
  const refusal = checkHead(spec, received);
  if (refusal !== undefined) return refusal;
  const request = withoutCredential(spec.auth, received);
  const body = readBody(spec, request);
  if ('status' in body) return body;
  const given: Given = {
    query: leavesOf(request.query),
    headers: headersOf(spec, request),
    body: leavesOf(sentAsJson(spec, body.values)),
  };
  const { isNumbered } = pagingOf(spec);
  const goesOn = asksOn(spec, given, request);
  const has = valuesOf(spec, given, request, goesOn);
  const texts = expectedTexts(spec, goesOn);
  const values = new Map<string, RequestValue>();
  const placeholders: Placeholders = {
    settings: request.settings,
    values,
    isNumber: (name) => isNumericTime(spec, name) || (isNumbered && PAGING_VALUES.has(name)),
  };
  const pathProblem = readPath(spec, request, has, values);
  if (pathProblem !== undefined) return refuse(400, pathProblem);
  for (const place of ['query', 'headers', 'body'] as const) {
    const expected = leavesOf(pruned(texts[place], has) ?? {});
    const typed = place === 'body' && !body.isForm;
    const problem = compare(place, [expected, given[place]], typed, placeholders);
    if (problem !== undefined) return refuse(400, problem);
  }
  const times = checkTimes(spec, values, request.now);
  if (typeof times === 'string') return refuse(400, times);
  if (isNumbered) return checkNumber(spec, values, times);
  const token = spec.next.kind === 'link' ? request.query[LINK_TOKEN] : values.get('cursor')?.text;
  return { ...times, values, ...(goesOn ? { token: token ?? '' } : {}) };
}

const PAGING_VALUES: ReadonlySet<string> = new Set(['cursor', 'cursorEnd']);

/** Reads the number of the page or of its first record. */
function checkNumber(
  spec: RestSpec,
  values: ReadonlyMap<string, RequestValue>,
  times: { readonly sinceMs: number; readonly untilMs: number },
): Asked | Refusal {
  const [from, to] = [values.get('cursor'), values.get('cursorEnd')];
  const number = Number(from?.text);
  const first = Number(pagingOf(spec).valueOf('cursor', undefined));
  if (!/^\d+$/.test(from?.text ?? '') || number < first)
    return refuse(400, `${from?.member ?? ''} is not a number from ${first} on`);
  if (to !== undefined && spec.stop.on === 'short-page' && Number(to.text) !== number + spec.stop.full)
    return refuse(400, `${to.member} is not ${spec.stop.full} behind ${from?.member ?? ''}`);
  return { ...times, number: number - first, values };
}

/** A body with the text of a cursor that is sent as JSON. */
function sentAsJson({ next }: RestSpec, body: JsonObject): JsonObject {
  if (next.kind !== 'cursor' || next.json !== true) return body;
  const written = Object.entries(body).map(([name, value]) => [
    name,
    next.send?.name === name ? stringifyJson(value) : value,
  ]);
  return Object.fromEntries(written) as JsonObject;
}

/** Decides which values a request must have, from its members. */
function valuesOf(spec: RestSpec, given: Given, request: VendorRequest, goesOn: boolean): HasValue {
  const isBounded =
    spec.until !== undefined && (spec.resume === 'time' || says('until', spec, given, request));
  return (name, alone) => {
    if (PAGING_VALUES.has(name)) return goesOn || pagingOf(spec).isNumbered;
    return name === 'until' ? isBounded : isSetOrInserted(name, alone, request.settings);
  };
}

/** The parts of a request, by member. */
interface Given {
  readonly query: Leaves;
  readonly headers: Leaves;
  readonly body: Leaves;
}

/** The expected texts of a request for the first or a later page. A next link repeats the parameters without times. */
function expectedTexts(spec: RestSpec, goesOn: boolean): RequestTexts {
  const texts = goesOn ? laterTexts(spec) : requestTexts(spec);
  if (!goesOn || spec.next.kind !== 'link') return texts;
  return { ...texts, query: { ...linkQuery(spec), [LINK_TOKEN]: '{cursor}' } };
}

/** The parameters of a next link beside its token: all without a time bound. */
export function linkQuery(spec: RestSpec): JsonObject {
  const isBound = (name: string): boolean => name === 'since' || name === 'until';
  const { query } = requestTexts(spec);
  return Object.fromEntries(
    Object.entries(query).filter(([, each]) => typeof each !== 'string' || !namesIn(each).some(isBound)),
  );
}

function isNumericTime({ since, until }: RestSpec, name: string): boolean {
  if (name !== 'since' && name !== 'until') return false;
  return isNumber(name === 'since' ? since?.format : until?.format);
}

/** True for a request for a later page. */
function asksOn(spec: RestSpec, given: Given, request: VendorRequest): boolean {
  if (spec.next.kind === 'link') return request.query[LINK_TOKEN] !== undefined;
  return spec.next.kind === 'cursor' && says('cursor', spec, given, request);
}

/** True if a request has a member that exists only for this placeholder. */
function says(name: string, spec: RestSpec, given: Given, request: VendorRequest): boolean {
  const texts = requestTexts(spec);
  const holds = (text: Json): boolean => typeof text === 'string' && namesIn(text).includes(name);
  const isThere = (place: keyof Given): boolean =>
    [...leavesOf(texts[place])].some(([member, text]) => holds(text) && given[place].has(member));
  return (
    isThere('query') || isThere('headers') || isThere('body') || pathValues(spec, request)?.has(name) === true
  );
}

/** All but the parameters. */
function checkHead(spec: RestSpec, request: VendorRequest): Refusal | undefined {
  const method = spec.method ?? 'GET';
  if (request.method !== method) return refuse(405, `the method is ${request.method}, not ${method}`);
  return checkCredential(spec.auth, request);
}

/** The declared headers of a request. Other headers are allowed. */
function headersOf({ headers = {} }: RestSpec, request: VendorRequest): Leaves {
  const given = Object.keys(headers).flatMap((name): [string, Json][] => {
    const value = request.headers[name.toLowerCase()];
    return value === undefined ? [] : [[name, [value].flat().join()]];
  });
  return new Map(given);
}

function refuse(status: number, because: string): Refusal {
  return { status, because };
}

/** The body, in the declared content type; default: JSON. */
function readBody(
  spec: RestSpec,
  { method, headers, body }: VendorRequest,
): { readonly values: JsonObject; readonly isForm: boolean } | Refusal {
  if (body === '') return { values: {}, isForm: false };
  if (method === 'GET') return refuse(400, 'a GET has a body');
  const type = String(headers['content-type']);
  const isDeclared = Object.keys(spec.headers ?? {}).some((name) => name.toLowerCase() === 'content-type');
  if (!isDeclared && !/^application\/json\b/.test(type)) return refuse(415, `the content type is ${type}`);
  if (isForm(type)) {
    const fields = new URLSearchParams(body);
    const values = [...new Set(fields.keys())].map((name) => [name, fields.getAll(name).join()]);
    return { values: Object.fromEntries(values) as JsonObject, isForm: true };
  }
  try {
    const values = parseJson(body);
    return isObject(values) ? { values, isForm: false } : refuse(400, 'the body is not a JSON object');
  } catch {
    return refuse(400, 'the body is not JSON');
  }
}

/** Reads the requested range. A request for a later page may have none. @returns the range, or the problem */
function checkTimes(
  spec: RestSpec,
  values: ReadonlyMap<string, RequestValue>,
  now: Date | undefined,
): { readonly sinceMs: number; readonly untilMs: number } | string {
  const [since, until] = [values.get('since'), values.get('until')];
  const from = since === undefined ? EVER : readTime(since, spec.since ?? {}, now);
  const to = until === undefined ? EVER : readTime(until, spec.until ?? {}, now);
  if (typeof from === 'string') return from;
  if (typeof to === 'string') return to;
  const names = [since?.member ?? '', until?.member ?? ''] as const;
  return rangeProblem(spec, names, [from, to], now) ?? { sinceMs: from.firstMs, untilMs: to.lastMs };
}

/** What a bound says that is not sent. */
const EVER: ReadTime = {
  firstMs: Number.NEGATIVE_INFINITY,
  lastMs: Number.POSITIVE_INFINITY,
  stepMs: 1,
};

/** The problem of a range that has an end; `undefined` if it is correct. */
function rangeProblem(
  { window }: RestSpec,
  [since, until]: readonly [string, string],
  [from, to]: readonly [ReadTime, ReadTime],
  now: Date | undefined,
): string | undefined {
  const [sinceMs, untilMs] = [from.firstMs, to.lastMs];
  if (sinceMs >= untilMs) return `${since} is not before ${until}`;
  if (!Number.isFinite(untilMs) || !Number.isFinite(sinceMs) || window === undefined) return undefined;
  // Of a day that may be asked for, the rest may still be to come.
  const isEarly = now !== undefined && untilMs - to.stepMs >= now.getTime() - window.lag.minMs;
  if (isEarly) return `${until} is later than the declared lag allows`;
  // `rest()` takes the step of a coarse format off the declared range.
  const isLong =
    untilMs - sinceMs > (window.maxMs ?? Number.POSITIVE_INFINITY) + Math.max(from.stepMs, to.stepMs);
  return isLong ? `${since} and ${until} are further apart than declared` : undefined;
}
