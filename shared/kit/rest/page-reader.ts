import type { Page, PullContext, SettingValues } from '../../contract/connector';
import { UnavailableError } from '../../contract/errors';
import type { Http, HttpRequest, HttpResponse } from '../../contract/http';
import type { Json, JsonObject } from '../../contract/json';
import type { RestSpec } from '../../contract/rest';
import { readHttpDate } from '../../values/http-date';
import { canonicalJson } from '../../values/json/json';
import { withCredential } from '../auth/authorized';
import { memberNames } from '../../values/json-path';
import { bodyDecoder } from '../formats/decode-body';
import { compileAnswer, type RestAnswer } from './read-answer';
import type { ReadPosition } from './read-position';
import { buildRequest } from './request';
import { compileDetails } from './steps/fetch-details';
import { AGO_MARGIN_MS, isAgo } from './time-format';

/** When an answer was made. */
export interface AnswerTimes {
  /** The vendor's time, where its answer says it. */
  readonly vendorNow: string | undefined;
  readonly now: Date;
}

/** One page, as the vendor answered. */
export interface AskedPage extends AnswerTimes {
  readonly request: HttpRequest;
  readonly answer: RestAnswer;
}

/** A compiled declaration: requests and reads its pages. */
export interface RestReader {
  readonly spec: RestSpec;
  ask(context: PullContext, at: ReadPosition): Promise<AskedPage>;
}

/** Requests an answer that is read as it arrives. */
export async function askStreamed(
  spec: RestSpec,
  context: PullContext,
  at: ReadPosition,
): Promise<AnswerTimes & { readonly response: HttpResponse }> {
  const { askedAt, http, now, request } = requestAt(spec, context, at);
  const response = await http.request({ ...request, streamed: true });
  return { response, ...timesOf(spec, response, askedAt, now()) };
}

/** @throws ContractError for a malformed path; the message names the member */
export function compileReader(spec: RestSpec): RestReader {
  const readAnswer = compileAnswer(spec);
  const fetchDetails = compileDetails(spec);
  return {
    spec,
    async ask(context, at) {
      const { askedAt, http, now, request, values } = requestAt(spec, context, at);
      const holds = readAnswer.holdsRecords(context.time);
      const response = await http.request({ ...request, holds, ...decoding(spec, context.time) });
      const { vendorNow } = timesOf(spec, response, askedAt, now());
      const listed = readAnswer(response, request.url, at.token);
      const records = (await fetchDetails?.(http, values, listed.records)) ?? listed.records;
      return { request, answer: { ...listed, records }, vendorNow, now: now() };
    },
  };
}

/** The request of a page, and what sends it. */
function requestAt(
  spec: RestSpec,
  context: PullContext,
  at: ReadPosition,
): {
  readonly askedAt: Date;
  readonly http: Http;
  readonly now: () => Date;
  readonly request: HttpRequest;
  readonly values: PullContext['settings'];
} {
  const { startedAt, now = () => startedAt } = context;
  const values = valuesOf(context);
  const askedAt = now();
  const request = buildRequest(spec, values, at, askedAt);
  return { askedAt, http: withCredential(context, spec.auth), now, request, values };
}

/** When an answer was made. @throws UnavailableError when it may begin behind the read */
export function timesOf(spec: RestSpec, response: HttpResponse, askedAt: Date, now: Date): AnswerTimes {
  const vendorNow = vendorNowOf(response, now);
  checkAgo(spec, askedAt, vendorNow === undefined ? now : new Date(vendorNow));
  return { vendorNow, now };
}

/**
 * A time that is said as "ago" moves while the request waits, and with the vendor's clock.
 * @throws UnavailableError when the answer may begin behind the read
 */
function checkAgo({ path, since }: RestSpec, askedAt: Date, answeredAt: Date): void {
  if (!isAgo(since?.format) || answeredAt.getTime() - askedAt.getTime() <= AGO_MARGIN_MS) return;
  throw new UnavailableError(
    `asking ${path}: \`since\` says how long ago the range begins, and the answer came ${AGO_MARGIN_MS / 60_000} minutes later by the vendor’s clock, so that it may begin too late. The range stays open. Compare this machine’s clock with the vendor’s, where it comes again.`,
  );
}

/** The settings, with the partition of the window if it has one. */
export function valuesOf({ settings, window }: PullContext): SettingValues {
  return window?.partition === undefined ? settings : { ...settings, partition: window.partition };
}

/** How the body is read, if it is not JSON. A record of a table without the column of its time would have none. */
export function decoding({ format }: RestSpec, time: string): Pick<HttpRequest, 'decode'> {
  return format === undefined ? {} : { decode: bodyDecoder(format, memberNames(time)?.[0]) };
}

/** A date has no fraction of a second: the answer may have been made this much later. */
const DATE_STEP_MS = 999;

/**
 * The vendor's time by the `Date` of its answer; ISO 8601, UTC. `undefined` without one.
 * @see RFC 9110, section 6.6.1
 */
export function vendorNowOf({ headers }: HttpResponse, now: Date): string | undefined {
  const ms = readHttpDate(headers['date'] ?? '', now);
  return ms === undefined ? undefined : new Date(ms + DATE_STEP_MS).toISOString();
}

/** The members of a page beside its records and its checkpoint. */
export interface PageFlags {
  readonly rereads: boolean;
  /** True for the last one of a window. */
  readonly last: boolean;
  readonly vendorNow: string | undefined;
  readonly mayBeCut?: true | undefined;
  readonly readAgainFrom?: string | undefined;
}

/** The page to yield; none if it has no records and changes nothing. */
export function pageOf(
  records: readonly Json[],
  checkpoint: JsonObject | null,
  before: JsonObject | null,
  { rereads, last, mayBeCut, readAgainFrom, vendorNow }: PageFlags,
): readonly Page[] {
  const isIdle = records.length === 0 && !last;
  if (checkpoint === null || (isIdle && isSame(checkpoint, before))) return [];
  const flags = {
    ...(rereads ? { rereads } : {}),
    ...(last ? { last } : {}),
    ...(mayBeCut === undefined ? {} : { mayBeCut }),
    ...(readAgainFrom === undefined ? {} : { readAgainFrom }),
  };
  return [{ records, checkpoint, ...flags, ...(vendorNow === undefined ? {} : { vendorNow }) }];
}

/**
 * The page to yield for an answer that does not say how to continue: its records are delivered before the run fails, and the
 * position stays. None if it has no records.
 */
export function stayingPage(
  records: readonly Json[],
  { rereads, vendorNow }: Omit<PageFlags, 'last'>,
): readonly Page[] {
  if (records.length === 0) return [];
  const flags = { stays: true, ...(rereads ? { rereads } : {}) };
  return [{ records, checkpoint: {}, ...flags, ...(vendorNow === undefined ? {} : { vendorNow }) }];
}

/** True when two positions are equal. */
function isSame(a: JsonObject, b: JsonObject | null): boolean {
  return b !== null && canonicalJson(a) === canonicalJson(b);
}
